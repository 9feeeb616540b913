import Sweeps
import Units

extension ResultRow {
    /// Groups a row's cells by fold, with the draws of a fold together; cells come in the order of folds and draws.
    static func folds(of cells: [ResultCell]) -> [Fold] {
        var folds: [Fold] = []
        for cell in cells {
            guard let draw = cell.unit.shots?.draw else {
                folds.append(
                    Fold(
                        reference: cell.unit.fold, key: cell.key, result: cell.result,
                        reasonMissing: cell.reasonMissing))
                continue
            }
            if folds.last?.reference != cell.unit.fold {
                folds.append(Fold(reference: cell.unit.fold, key: cell.key, result: nil))
            }
            folds[folds.count - 1].reasonMissing = folds[folds.count - 1].reasonMissing ?? cell.reasonMissing
            folds[folds.count - 1].draws.append(Draw(draw: draw, key: cell.key, result: cell.result))
        }
        for index in folds.indices where !folds[index].draws.isEmpty {
            folds[index].result = mean(of: folds[index].draws)
        }
        return folds
    }

    /// Metrics averaged over draws, work and time summed; nil until all draws are done.
    private static func mean(of draws: [Draw]) -> UnitResult? {
        let results = draws.compactMap(\.result)
        guard results.count == draws.count, var mean = results.first else { return nil }
        for name in mean.metrics.keys {
            let values = results.compactMap { $0.metrics[name] }
            mean.metrics[name] = values.count < results.count ? nil : values.reduce(0, +) / Double(values.count)
        }
        // Choices differ between draws, so they have no mean.
        (mean.choice, mean.candidateScores) = ([:], [])
        mean.trainingMACs = results.reduce(0) { $0 + $1.trainingMACs }
        mean.provenance.seconds = results.reduce(0) { $0 + $1.provenance.seconds }
        return mean
    }

    static func drawDeviation(_ folds: [Fold], metric: String) -> Double? {
        let variances = folds.compactMap { fold -> Double? in
            let values = fold.draws.compactMap { $0.result?.metrics[metric] }
            guard values.count > 1 else { return nil }
            let mean = values.reduce(0, +) / Double(values.count)
            return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        }
        return variances.isEmpty ? nil : (variances.reduce(0, +) / Double(variances.count)).squareRoot()
    }

    /// Attaches each row of the published protocol to the honest row that is otherwise equal; one without such a row is
    /// kept as it is.
    static func pairingProtocols(_ rows: [ResultRow]) -> [ResultRow] {
        let honest = rows.filter { !$0.isOptimistic }
        guard honest.count < rows.count else { return rows }
        var published = Dictionary(
            rows.filter(\.isOptimistic).map { (ProtocolPairKey($0.unit), $0) }, uniquingKeysWith: { first, _ in first })
        let paired = honest.map { row in
            var row = row
            if let optimistic = published.removeValue(forKey: ProtocolPairKey(row.unit)) {
                row.published = Published(folds: optimistic.folds, estimate: optimistic.estimate)
            }
            return row
        }
        return paired + published.values
    }

    /// A unit without its protocol of selection: equal for the two rows of a pair.
    private struct ProtocolPairKey: Hashable {
        let unit: ProbeUnit

        init(_ unit: ProbeUnit) {
            var unit = unit
            unit.solver.selection = SelectionSettings(fraction: 0, refit: false)
            self.unit = unit
        }
    }
}
