import Sweeps
import Units

extension ResultRow {
    /// Groups a row's cells by fold, with the draws of a fold together; cells come in the order of folds and draws.
    static func folds(of cells: [RowCells.Cell], haveDraws: Bool) -> [Fold] {
        guard haveDraws else {
            return cells.map { Fold(shared: $0.fold, key: $0.key, result: $0.result, reasonMissing: $0.reasonMissing) }
        }
        var folds: [Fold] = []
        for cell in cells {
            if folds.last?.shared != cell.fold { folds.append(Fold(shared: cell.fold, key: cell.key, result: nil)) }
            folds[folds.count - 1].reasonMissing = folds[folds.count - 1].reasonMissing ?? cell.reasonMissing
            folds[folds.count - 1].draws.append(Draw(draw: Int(cell.draw), key: cell.key, result: cell.result))
        }
        for index in folds.indices { folds[index].result = mean(of: folds[index].draws) }
        return folds
    }

    /// Metrics averaged over draws, work and time summed; nil until all draws are done.
    private static func mean(of draws: [Draw]) -> FoldResult? {
        let results = draws.compactMap(\.result)
        guard results.count == draws.count, var mean = results.first else { return nil }
        mean.score = average(results.map(\.score))
        // Choices differ between draws, so they have no mean.
        mean.candidates = nil
        mean.trainingMACs = results.reduce(0) { $0 + $1.trainingMACs }
        mean.seconds = results.reduce(0) { $0 + $1.seconds }
        mean.details = FoldDetails(meanOf: results)
        return mean
    }

    /// Nil unless all are defined.
    fileprivate static func average(_ values: [Double?]) -> Double? {
        let defined = values.compactMap { $0 }
        return defined.count < values.count ? nil : defined.reduce(0, +) / Double(defined.count)
    }

    static func drawDeviation(_ folds: [Fold]) -> Double? {
        let variances = folds.compactMap { fold -> Double? in
            let values = fold.draws.compactMap { $0.result?.score }
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

extension FoldDetails {
    /// Of a fold with draws: its metrics averaged, no choice, and the first draw's provenance with all seconds; nil where
    /// the draws have none.
    fileprivate convenience init?(meanOf draws: [FoldResult]) {
        guard let first = draws.first?.details else { return nil }
        var metrics: [String: Double] = [:]
        for name in first.metrics.names {
            metrics[name] = ResultRow.average(draws.map { $0.details?.metrics[name] })
        }
        var provenance = first.provenance
        provenance?.seconds = draws.reduce(0) { $0 + $1.seconds }
        self.init(
            metrics: NamedNumbers(metrics), choice: NamedNumbers([:]), testSamples: first.testSamples,
            provenance: provenance)
    }
}
