import Sweeps

extension ResultTable {
    /// RFC 4180: comma, CRLF, fields quoted where they must be; one header line.
    func csv(_ options: TableOptions) -> String {
        var header = [
            "task", "metric", "features", "layer", "probe", "output", "folds_done", "folds_planned", "mean",
            "standard_deviation", "interval_low", "interval_high", "parameters", "reference_gflops", "executed_gflops",
            "training_tmac", "pareto", "best", "choice",
        ]
        if options.times { header.append("seconds") }
        let rows = blocks.flatMap { block in block.rows.map { Self.fields(of: $0, in: block, options) } }
        return ([header] + rows).map { $0.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined()
    }

    private static func fields(of row: ResultRow, in block: Block, _ options: TableOptions) -> [String] {
        var fields = [
            block.task, block.metric, row.unit.features.set, "\(row.unit.features.layer)", row.label,
            "\(row.outputWidth)", "\(row.foldsDone)", "\(row.folds.count)", Exact.number(row.estimate?.mean),
            Exact.number(row.estimate?.deviation), Exact.number(row.estimate?.interval?.lowerBound),
            Exact.number(row.estimate?.interval?.upperBound), "\(row.parameters)",
            Exact.number(row.referenceMACs == 0 ? nil : row.referenceGFLOPs),
            Exact.number(row.executedMACs == 0 ? nil : row.executedGFLOPs),
            Exact.number(row.trainingMACs.map { $0 / 1e12 }), "\(row.isOnFront)",
            "\(row.isBest)", row.choices,
        ]
        if options.times { fields.append(Exact.number(row.seconds)) }
        return fields
    }

    private static func quoted(_ field: String) -> String {
        let mustQuote = field.contains { $0 == "," || $0 == "\"" || $0.isNewline }
        return mustQuote ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
    }
}

extension FoldEstimate {
    /// The 95 % interval; nil for a single value.
    public var interval: ClosedRange<Double>? {
        halfWidth.map { mean - $0...mean + $0 }
    }
}

extension ResultRow {
    /// The choices of every fold in order: `epoch=7|9|8 learningRate=0.01|0.01|0.003`, empty where a fold is missing.
    fileprivate var choices: String {
        let names = Set(folds.flatMap { $0.result.map { Array($0.choice.keys) } ?? [] }).sorted()
        return names.map { name in
            name + "=" + folds.map { Exact.number($0.result?.choice[name]) }.joined(separator: "|")
        }.joined(separator: " ")
    }
}
