import Identities

/// The formats of what heads attend to.
package enum AttentionFormat: String, CaseIterable, Sendable {
    case text
    /// RFC 4180, a line for each predictor and one for each set, numbers at full precision.
    case csv
    /// An array with an object for each unit, numbers at full precision.
    case json
    case markdown
}

extension [UnitAttention] {
    /// In a format, ending in a newline.
    package func rendered(as format: AttentionFormat) -> String {
        switch format {
        case .text: grids.map(\.text).joined(separator: "\n") + "\n" + notes
        case .markdown: grids.map(\.markdown).joined(separator: "\n") + "\n" + notes
        case .csv: csv
        case .json: sortedJSON(map(AttentionRecord.init))
        }
    }

    private var notes: String { reasonsLeftOut.map(\.printable).lines + Self.legend }

    private static let legend = """
        a, b, c: by how much the head is better than with the predictor's map replaced by the uniform one (a), by its mean \
        map (b), by its map of another sample (c); above 0, the map is worth something. share: of what all maps are worth. \
        alone: with all other maps uniform, over all uniform. lost: with this map and all of higher rank uniform. \
        dissimilarity: 1 − the mean cosine of pairs of maps; permuted: the same with the tokens of each map permuted; excess: \
        the difference. docs/attention.md says how to read them.

        """
}
