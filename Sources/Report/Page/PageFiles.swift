/// The style sheet and the script of a report, which lie in it.
enum PageFiles {
    static let style = String(decoding: PackageResources.report_css, as: UTF8.self)
    static let script = String(decoding: PackageResources.report_js, as: UTF8.self)

    /// What a browser may load and run in a report: this style sheet and this script, by their hashes, and nothing else.
    static var policy: String { ContentPolicy.text(styles: [style], scripts: [script]) }
}
