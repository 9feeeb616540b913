import Sweeps
import Units

extension ResultRow {
    /// Groups a row's cells by fold, with the draws and seeds of a fold together; cells come in the order of folds,
    /// draws and seeds.
    static func folds(of cells: [RowCells.Cell], haveDraws: Bool) -> [Fold] {
        guard haveDraws || Set(cells.map(\.seed)).count > 1 else {
            return cells.map { Fold(shared: $0.fold, key: $0.key, result: $0.result, reasonMissing: $0.reasonMissing) }
        }
        var folds: [Fold] = []
        for cell in cells {
            if folds.last?.shared != cell.fold { folds.append(Fold(shared: cell.fold, key: cell.key, result: nil)) }
            folds[folds.count - 1].reasonMissing = folds[folds.count - 1].reasonMissing ?? cell.reasonMissing
            folds[folds.count - 1].draws.append(
                Draw(draw: Int(cell.draw), seed: cell.seed, key: cell.key, result: cell.result))
        }
        for index in folds.indices { folds[index].result = mean(of: folds[index].draws) }
        return folds
    }

    /// Metrics averaged over draws and seeds, work and time summed; nil until all are done.
    private static func mean(of draws: [Draw]) -> FoldResult? {
        let results = draws.compactMap(\.result)
        guard results.count == draws.count, var mean = results.first else { return nil }
        mean.score = average(results.map(\.score))
        mean.finding = FoldFinding(meanOf: results.map(\.finding))
        mean.trainingMACs = results.reduce(0) { $0 + $1.trainingMACs }
        mean.seconds = results.reduce(0) { $0 + $1.seconds }
        mean.details = FoldDetails(meanOf: results)
        return mean
    }

    /// Nil unless all are defined.
    static func average(_ values: [Double?]) -> Double? {
        let defined = values.compactMap { $0 }
        return defined.isEmpty || defined.count < values.count ? nil : defined.reduce(0, +) / Double(defined.count)
    }

    /// Of the folds that are done; nil for rows without draws and seeds.
    static func spread(_ folds: [Fold], haveDraws: Bool) -> SpreadComponents? {
        let scores = folds.filter { $0.result?.score != nil }.map { fold in
            Dictionary(grouping: fold.draws, by: \.draw).sorted { $0.key < $1.key }.map {
                $0.value.compactMap { $0.result?.score }
            }
        }
        return SpreadComponents(scores, haveDraws: haveDraws)
    }
}

extension ResultRow.Fold {
    /// What was trained: the draws and seeds of the fold, or the fold itself.
    var results: [FoldResult] { draws.isEmpty ? [result].compactMap { $0 } : draws.compactMap(\.result) }
}

extension FoldFinding {
    /// Of a fold with draws or seeds: its scores averaged; choices differ between them, and have no mean.
    fileprivate init(meanOf findings: [FoldFinding]) {
        self.init(
            trainingScore: ResultRow.average(findings.map(\.trainingScore)),
            chance: ResultRow.average(findings.map(\.chance)),
            leastPositives: findings.compactMap(\.leastPositives).min(),
            flags: findings.allSatisfy { $0.flags.contains(.isDiagnosed) } ? .isDiagnosed : [])
    }
}

extension FoldDetails {
    /// Of a fold with draws or seeds: its metrics averaged, no choice, and the first one's provenance with all seconds;
    /// nil where they have none.
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
