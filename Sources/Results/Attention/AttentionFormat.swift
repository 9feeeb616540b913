import Identities

/// The formats of what heads attend to.
package enum AttentionFormat: String, CaseIterable, Sendable {
    case text
    /// RFC 4180, numbers at full precision: a line for each predictor and one for each set, or for each relation and pair
    /// of the statistics.
    case csv
    /// An array with an object for each unit, or for the statistics of each layer and task; numbers at full precision.
    case json
    case markdown
}

extension [UnitAttention] {
    /// In a format, ending in a newline.
    ///
    /// - Parameter statisticsAlone: Leaves out single units, of which CSV and JSON have nothing else without it.
    package func rendered(as format: AttentionFormat, statisticsAlone: Bool = false) -> String {
        let shown = (statisticsAlone ? [] : grids + locationGrids) + statisticsGrids
        switch format {
        case .text: return shown.map(\.text).joined(separator: "\n") + "\n" + notes(statisticsAlone)
        case .markdown: return shown.map(\.markdown).joined(separator: "\n") + "\n" + notes(statisticsAlone)
        case .csv: return statisticsAlone ? statistics.csv : csv
        case .json: return statisticsAlone ? sortedJSON(statistics) : sortedJSON(map(AttentionRecord.init))
        }
    }

    private func notes(_ statisticsAlone: Bool) -> String {
        let ofUnits =
            statisticsAlone
            ? ""
            : reasonsLeftOut.map(\.printable).lines + Self.unitNotes + (locationGrids.isEmpty ? "" : Self.locationNotes)
        return ofUnits + Self.statisticsNotes + "docs/attention.md says how to read them.\n"
    }

    private static let unitNotes = """
        a, b, c: by how much the head is better than with the predictor's map replaced by the uniform one (a), by its mean \
        map (b), by its map of another sample (c); above 0, the map is worth something. share: of what all maps are worth. \
        alone: with all other maps uniform, over all uniform. lost: with this map and all of higher rank uniform. \
        dissimilarity: 1 − the mean cosine of pairs of maps; permuted: the same with the tokens of each map permuted; excess: \
        the difference.

        """

    private static let locationNotes = """
        lift, pointing, AP, IoU, centroid: of patch tokens alone, renormalised. excess: over the best of the uniform map, a \
        normal distribution around the centre and the predictor's own mean map, none of which knows the sample.

        """

    private static let statisticsNotes = """
        ρ: Spearman's, slope: of least squares, of worth (a) on the quality, within each fold and seed; ±95%: half the \
        Nadeau–Bengio interval over folds, seeds averaged. Predictors of one fold are not independent, and are not counted \
        as observations. Probes with unlike numbers of predictors are compared by shares, or by what all maps are worth.

        """
}
