/// Why maps cannot be written or drawn as they were asked for, and what to do.
package enum AttentionPictureError: Error, Hashable, CustomStringConvertible {
    /// The selection has several rows, of which a picture shows one.
    case severalRows([String])
    case unknownUnit(String, matches: Int, of: [String])
    /// A sample that is not in the test fold of the unit.
    case notTested(sample: String, unit: String, examples: [String])
    /// A picture was found that cannot be embedded.
    case unreadableImage(path: String, reason: String)
    /// No picture of a sample was found.
    case noImage(sample: String, tried: [String])
    /// Samples that have no grid have no pictures either.
    case noGrid(set: String)
    /// A file of the feature set does not fit its samples.
    case otherTexts(file: String, sample: String, texts: Int, tokens: Int)

    package var description: String {
        switch self {
        case .severalRows(let rows):
            "A picture shows one row, and the selection has \(rows.count): \(rows.prefix(6).joined(separator: "; "))"
                + (rows.count > 6 ? "; …" : "")
                + ". Name one with --features, --task, --layer, --probe and --output-dim, or a unit with --unit KEY."
        case .unknownUnit(let unit, let matches, let keys):
            "--unit \(unit) matches \(matches == 0 ? "none" : "\(matches)") of the units whose maps can be read. Give the "
                + "beginning of one key, such as \(keys.prefix(3).joined(separator: ", "))."
        case .notTested(let sample, let unit, let examples):
            "Sample \(sample) is not in the test fold of unit \(unit), whose head may have been trained on it. Name one of "
                + "that fold, such as \(examples.joined(separator: ", ")), or the unit of another fold with --unit."
        case .unreadableImage(let path, let reason):
            "\(path) \(reason). Put a PNG or JPEG of the sample there, or leave --images out: maps are then drawn over "
                + "their grid alone."
        case .noImage(let sample, let tried):
            "There is no picture of sample \(sample): tried \(tried.joined(separator: ", ")). Name the folder that the paths "
                + "in the set's list of files start from, or that has a PNG or JPEG named by each sample's id."
        case .noGrid(let set):
            "\(set) has no token grid, so no map can lie over a picture. Leave --images out."
        case .otherTexts(let file, let sample, let texts, let tokens):
            "\(file) has \(texts) texts of tokens for sample \(sample), which has \(tokens) tokens. Extract the set again."
        }
    }
}
