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
            "draw_deviation", "optimistic_mean", "optimism", "optimistic", "pooled", "pooled_low", "pooled_high",
        ]
        if options.times { header.append("seconds") }
        try write(CSV.text([header]))
        try writeRows(to: write) { row, block in CSV.text([Self.fields(of: row, in: block, options)]) }
    }

    private static func fields(of row: ResultRow, in block: Block, _ options: TableOptions) -> [String] {
        var fields = [
            block.task, block.metric, row.unit.features.set, "\(row.unit.features.layer)", row.label,
            "\(row.outputWidth)", "\(row.foldsDone)", "\(row.folds.count)", RoundTripFormat.number(row.estimate?.mean),
            RoundTripFormat.number(row.estimate?.deviation), RoundTripFormat.number(row.estimate?.interval?.lowerBound),
            RoundTripFormat.number(row.estimate?.interval?.upperBound), "\(row.parameters)",
            RoundTripFormat.number(row.referenceMACs == 0 ? nil : row.referenceGFLOPs),
            RoundTripFormat.number(row.executedMACs == 0 ? nil : row.executedGFLOPs),
            RoundTripFormat.number(row.trainingMACs.map { $0 / 1e12 }), "\(row.isOnFront)",
            RoundTripFormat.number(row.frontShare), "\(row.isBest)",
        ]
        if options.choices { fields.append(row.choices) }
        fields += [
            RoundTripFormat.number(row.drawDeviation), RoundTripFormat.number(row.published?.estimate?.mean),
            RoundTripFormat.number(row.optimism), "\(row.isOptimistic)", RoundTripFormat.number(row.pooled?.value),
            RoundTripFormat.number(row.pooled?.interval.lowerBound),
            RoundTripFormat.number(row.pooled?.interval.upperBound),
        ]
        if options.times { fields.append(RoundTripFormat.number(row.seconds)) }
        return fields
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
