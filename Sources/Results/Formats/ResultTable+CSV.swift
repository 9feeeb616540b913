import Sweeps
import Units

extension ResultTable {
    /// One header line and one line for each row.
    func writeCSV(_ options: TableOptions, to write: (String) throws -> Void) throws {
        var header = [
            "task", "metric", "features", "layer", "probe", "output", "folds_done", "folds_planned", "mean",
            "standard_deviation", "interval_low", "interval_high", "parameters", "reference_gflops", "executed_gflops",
            "training_tmac", "pareto", "pareto_share", "best",
        ]
        if options.choices { header.append("choice") }
        header += [
            "optimistic", "train", "chance", "least_positives", "rows_least", "rows_most", "seeds", "spread_fold",
            "spread_draw", "spread_seed", "spread_dominant", "optimism", "more_rows", "published", "pooled",
            "pooled_low", "pooled_high", "linearity_gap", "linearity_gap_low", "linearity_gap_high", "control", "marks",
            "backbone",
        ]
        if options.times { header.append("seconds") }
        try write(CSV.text([header]))
        try writeRows(to: write) { row, block in CSV.text([Self.fields(of: row, in: block, options)]) }
    }

    private static func fields(of row: ResultRow, in block: Block, _ options: TableOptions) -> [String] {
        var fields = [
            block.task, block.metric, row.unit.features.set, row.layerSummary, row.label,
            "\(row.outputWidth)", "\(row.foldsDone)", "\(row.folds.count)", RoundTripFormat.number(row.estimate?.mean),
            RoundTripFormat.number(row.estimate?.deviation), RoundTripFormat.number(row.estimate?.interval?.lowerBound),
            RoundTripFormat.number(row.estimate?.interval?.upperBound), "\(row.parameters)",
            RoundTripFormat.number(row.knownReferenceMACs.map { _ in row.referenceGFLOPs }),
            RoundTripFormat.number(row.knownExecutedMACs.map { _ in row.executedGFLOPs }),
            RoundTripFormat.number(row.trainingMACs.map { $0 / 1e12 }), "\(row.isOnFront)",
            RoundTripFormat.number(row.frontShare), "\(row.isBest)",
        ]
        if options.choices { fields.append(row.choices) }
        fields += findings(of: row)
        if options.times { fields.append(RoundTripFormat.number(row.seconds)) }
        return fields
    }

    private static func findings(of row: ResultRow) -> [String] {
        func text(_ count: Int?) -> String { count.map { "\($0)" } ?? "" }
        let gap = row.linearityGap?.advantage
        var fields = ["\(row.isOptimistic)"]
        fields += [row.trainingScore, row.chance].map(RoundTripFormat.number)
        fields += [row.leastPositives, row.trainingRows?.lowerBound, row.trainingRows?.upperBound, row.seeds].map(text)
        fields += [row.spread?.fold, row.spread?.draw, row.spread?.seed].map(RoundTripFormat.number)
        fields.append(row.spread?.dominant.rawValue ?? "")
        fields += [
            row.optimism, row.gainOfMoreRows, row.published?.estimate?.mean, row.pooled?.value,
            row.pooled?.interval.lowerBound, row.pooled?.interval.upperBound, gap?.difference,
            gap.map { $0.difference - $0.halfWidth }, gap.map { $0.difference + $0.halfWidth },
        ].map(RoundTripFormat.number)
        return fields + [row.controlName ?? "", row.marksInWords, row.features]
    }
}

extension FoldEstimate {
    /// The 95 % interval; nil for a single value.
    package var interval: ClosedRange<Double>? {
        halfWidth.map { mean - $0...mean + $0 }
    }
}

extension ResultRow {
    /// The choices of every fold in order: `epoch=7|9|8 learningRate=0.01|0.01|0.003`, empty where a fold is missing.
    fileprivate var choices: String {
        let choices = folds.map { $0.result?.details?.choice }
        let names = Set(choices.flatMap { $0?.names ?? [] }).sorted()
        return names.map { name in
            name + "=" + choices.map { RoundTripFormat.number($0?[name]) }.joined(separator: "|")
        }.joined(separator: " ")
    }
}
