import Identities
import Sweeps
import Units

/// One column of the human-readable formats.
struct DisplayColumn {
    enum Alignment { case left, right }

    let title: String
    let alignment: Alignment
    let cell: (ResultRow) -> String

    init(_ title: String, _ alignment: Alignment = .right, _ cell: @escaping (ResultRow) -> String) {
        self.title = title
        self.alignment = alignment
        self.cell = cell
    }
}

extension ResultTable {
    /// The columns of a block, without marks; the feature set only if there are several.
    func columns(of block: Block, _ options: TableOptions) -> [DisplayColumn] {
        var columns: [DisplayColumn] = []
        if Set(block.rows.map(\.unit.features.set)).count > 1 {
            columns.append(DisplayColumn("features", .left) { $0.unit.features.set })
        }
        columns += [
            DisplayColumn("layer") { "\($0.unit.features.layer)" },
            DisplayColumn("probe", .left) { $0.label },
            DisplayColumn("D_o") { "\($0.outputWidth)" },
            DisplayColumn("folds") { "\($0.foldsDone)/\($0.folds.count)" },
            DisplayColumn(block.metric) { NumberFormat.fixed($0.estimate?.mean) },
            DisplayColumn("±95%") { NumberFormat.fixed($0.estimate?.halfWidth) },
            DisplayColumn("std") { NumberFormat.fixed($0.estimate?.deviation) },
        ]
        if block.rows.contains(where: { $0.drawDeviation != nil }) {
            columns.append(DisplayColumn("draws") { NumberFormat.fixed($0.drawDeviation) })
        }
        if block.rows.contains(where: { $0.published != nil }) {
            columns += [
                DisplayColumn("optimistic") { NumberFormat.fixed($0.published?.estimate?.mean) },
                DisplayColumn("difference") { NumberFormat.fixed($0.optimism) },
            ]
        }
        if block.rows.contains(where: { $0.pooled != nil }) {
            columns += [
                DisplayColumn("pooled") { NumberFormat.fixed($0.pooled?.value) },
                DisplayColumn("bootstrap 95%") { NumberFormat.range($0.pooled?.interval) },
            ]
        }
        columns += [
            DisplayColumn("^%") { NumberFormat.percent($0.frontShare) },
            DisplayColumn("params") { NumberFormat.scaled($0.parameters) },
            DisplayColumn("GFLOPs") { NumberFormat.significant($0.referenceMACs == 0 ? nil : $0.referenceGFLOPs) },
            DisplayColumn("executed") { NumberFormat.significant($0.executedMACs == 0 ? nil : $0.executedGFLOPs) },
            DisplayColumn("TMAC") { NumberFormat.significant($0.trainingMACs.map { $0 / 1e12 }) },
        ]
        if options.times { columns.append(DisplayColumn("seconds") { NumberFormat.significant($0.seconds) }) }
        if options.choices { columns.append(DisplayColumn("choice", .left) { $0.choiceSummary }) }
        return columns
    }

    private static let standardLegend = [
        "±95%: half the Nadeau–Bengio interval over folds. TMAC: executed in training, all folds.",
        "^%: share of bootstrap samples of the folds in which the row is on the Pareto front.",
        "GFLOPs: forward pass per sample, every projection on every token; executed: in this program's order.",
    ]

    /// Explains the columns that the table has, for the notes under it.
    var legend: [String] {
        let rows = blocks.flatMap(\.rows)
        var lines = Self.standardLegend
        if rows.contains(where: { $0.drawDeviation != nil }) {
            lines.append("draws: standard deviation between seeded draws of one fold; the metric is their mean.")
        }
        if rows.contains(where: { $0.published != nil || $0.isOptimistic }) {
            lines.append("optimistic, !: candidate and epoch chosen on the test fold, as the literature does.")
        }
        if rows.contains(where: { $0.pooled != nil }) {
            lines.append("pooled: of all out-of-fold predictions together, with a bootstrap over samples (or groups).")
        }
        return lines
    }

    func title(of block: Block) -> String {
        let direction = block.greaterIsBetter ? "" : " (less is better)"
        return "\(block.task): \(block.metric)\(direction) against \(axis.title)".printable
    }
}

extension CostAxis {
    var title: String {
        switch self {
        case .parameters: "trainable parameters"
        case .operations: "GFLOPs per sample"
        }
    }
}

extension ResultRow {
    /// Every choice with the values that folds made, each value with the number of folds: `epoch 7×2 9, penalty 1×3`.
    var choiceSummary: String {
        let results = folds.flatMap { $0.draws.isEmpty ? [$0.result] : $0.draws.map(\.result) }.compactMap { $0 }
        let choices = results.compactMap { $0.details?.choice }
        let names = Set(choices.flatMap(\.names)).sorted()
        let parts = names.map { name in
            let values = choices.compactMap { $0[name] }
            let counts = Dictionary(grouping: values) { $0 }.mapValues(\.count).sorted { $0.key < $1.key }
            return name
                + counts.map { " \(RoundTripFormat.number($0.key))" + ($0.value > 1 ? "×\($0.value)" : "") }.joined()
        }
        return parts.isEmpty ? NumberFormat.missing : parts.joined(separator: ", ")
    }
}
