import Report

/// The page. It is rendered on the server and can be read without scripts, where it reloads every two seconds; its script
/// replaces what changed, and offers actions to whoever has the token.
enum Page {
    static let style = String(decoding: PackageResources.dashboard_css, as: UTF8.self)
    static let script = String(decoding: PackageResources.dashboard_js, as: UTF8.self)

    /// What a browser may load and run in it. A page that asks for the token shows reports too.
    static let policy = ContentPolicy.text(
        styles: [style, Report.style], scripts: [script, Report.script], connectsToItself: true)

    /// - Parameter parts: nil for a page without data, which asks for the token.
    static func html(_ parts: PageParts?) -> String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">\(parts == nil ? "" : reload)
        <meta name="viewport" content="width=device-width, initial-scale=1"><title>\(parts?.title ?? "ProbeSweep")</title>
        <style>\(style)</style></head><body\(parts == nil ? " data-closed" : "")>
        <header><h1>ProbeSweep</h1>\(PageActions.access)</header>
        <p id=connection role=status></p><p id=answer role=status></p>
        <main>\(parts.map(main) ?? closed)</main>
        \(PageActions.dialog)
        <script>\(script)</script>
        </body></html>

        """
    }

    private static let reload = #"<noscript><meta http-equiv="refresh" content="2"></noscript>"#

    private static let closed = """
        <noscript><p>Without scripts this page cannot send the token that it needs. Use an SSH tunnel to the coordinator's \
        loopback address, or ask for <code>/status.json</code> with the header <code>Authorization: Bearer TOKEN</code>.</p>\
        </noscript>
        """

    /// Every part has its element from the start, also those that come later.
    private static func main(_ parts: PageParts) -> String {
        let known = Dictionary(parts.parts.map { ($0.id, $0.html) }, uniquingKeysWith: { $1 })
        return ids.map { "<section id=\($0)>\(known[$0] ?? "")</section>" }.joined(separator: "\n")
    }

    private static let ids = ["notes", "sweeps", "failures", "throughput", "workers", "waiting"]
}
