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
    /// The columns of a block, with the marks first; the feature set only if there are several.
    ///
    /// - Parameter isNarrow: for a terminal, without what follows from other columns.
    func columns(of block: Block, _ options: TableOptions, isNarrow: Bool = false) -> [DisplayColumn] {
        let usual = usualColumns(of: block, options, isNarrow: isNarrow && options.columns.isEmpty)
        guard !options.columns.isEmpty else { return usual }
        return options.columns.compactMap { name in
            usual.first { $0.title == (name == "metric" ? block.metric : name) }
        }
    }

    /// - Throws: ``UnknownColumn`` for a column that options name and no task's table has.
    package func check(_ options: TableOptions) throws(UnknownColumn) {
        var titles = ["metric"]
        for block in blocks {
            for column in usualColumns(of: block, options, isNarrow: false) where !titles.contains(column.title) {
                titles.append(column.title)
            }
        }
        guard let name = options.columns.first(where: { !titles.contains($0) }) else { return }
        throw UnknownColumn(name: name, known: titles)
    }

    private func usualColumns(of block: Block, _ options: TableOptions, isNarrow: Bool) -> [DisplayColumn] {
        var columns = [DisplayColumn("mark", .left) { $0.signs }]
        if Set(block.rows.map(\.features)).count > 1 {
            columns.append(DisplayColumn("features", .left) { $0.features })
        }
        columns += [
            DisplayColumn("layer") { $0.layerSummary },
            DisplayColumn("probe", .left) { $0.label },
            DisplayColumn("D_o") { "\($0.outputWidth)" },
            DisplayColumn("folds") { "\($0.foldsDone)/\($0.folds.count)" },
        ]
        if block.rows.contains(where: { $0.unit.shots != nil }) {
            columns.append(DisplayColumn("rows") { $0.trainingRows?.summary ?? NumberFormat.missing })
        }
        columns += [
            DisplayColumn(block.metric) { NumberFormat.fixed($0.estimate?.mean) },
            DisplayColumn("±95%") { NumberFormat.fixed($0.estimate?.halfWidth) },
        ]
        // A multiple of ±95% that is the same for all rows.
        if !isNarrow { columns.append(DisplayColumn("std") { NumberFormat.fixed($0.estimate?.deviation) }) }
        if block.rows.contains(where: { $0.trainingScore != nil }) {
            columns.append(DisplayColumn("train") { NumberFormat.fixed($0.trainingScore, 3) })
        }
        columns += spreadColumns(of: block) + protocolColumns(of: block) + bootstrapColumns(of: block)
        columns += [
            DisplayColumn("params") { NumberFormat.scaled($0.parameters) },
            DisplayColumn("GFLOPs") { NumberFormat.significant($0.referenceMACs == 0 ? nil : $0.referenceGFLOPs) },
            DisplayColumn("executed") { NumberFormat.significant($0.executedMACs == 0 ? nil : $0.executedGFLOPs) },
            DisplayColumn("TMAC") { NumberFormat.significant($0.trainingMACs.map { $0 / 1e12 }) },
        ]
        if options.times { columns.append(DisplayColumn("seconds") { NumberFormat.significant($0.seconds) }) }
        if options.choices { columns.append(DisplayColumn("choice", .left) { $0.choiceSummary }) }
        return columns
    }

    private func spreadColumns(of block: Block) -> [DisplayColumn] {
        guard block.rows.contains(where: { $0.spread != nil }) else { return [] }
        return [DisplayColumn("spread", .left) { $0.spread?.summary ?? NumberFormat.missing }]
    }

    private func protocolColumns(of block: Block) -> [DisplayColumn] {
        var columns: [DisplayColumn] = []
        if block.rows.contains(where: { $0.paired != nil }) {
            columns.append(DisplayColumn("optimism") { NumberFormat.fixed($0.optimism) })
        }
        if block.rows.contains(where: { $0.paired != nil && $0.published != nil }) {
            columns.append(DisplayColumn("more rows") { NumberFormat.fixed($0.gainOfMoreRows) })
        }
        if block.rows.contains(where: { $0.published != nil }) {
            columns.append(DisplayColumn("published") { NumberFormat.fixed($0.published?.estimate?.mean) })
        }
        return columns
    }

    private func bootstrapColumns(of block: Block) -> [DisplayColumn] {
        var columns: [DisplayColumn] = []
        if block.rows.contains(where: { $0.pooled != nil }) {
            columns += [
                DisplayColumn("pooled") { NumberFormat.fixed($0.pooled?.value) },
                DisplayColumn("bootstrap 95%") { NumberFormat.range($0.pooled?.interval) },
            ]
        }
        if block.rows.contains(where: { $0.frontShare != nil }) {
            columns.append(DisplayColumn("^%") { NumberFormat.percent($0.frontShare) })
        }
        return columns
    }

    /// Explains the columns that the table has, for the notes under it.
    var legend: [String] {
        let rows = blocks.flatMap(\.rows)
        func has(_ value: (ResultRow) -> Any?) -> Bool { rows.contains { value($0) != nil } }
        var lines = ["±95%: half the Nadeau–Bengio interval over folds. TMAC: executed in training, all folds."]
        if has({ $0.trainingScore }) { lines.append("train: the metric on the rows that heads were trained on.") }
        lines.append(
            "GFLOPs: forward pass per sample, every projection on every token; executed: in this program's order.")
        if has({ $0.spread }) {
            lines.append("spread: standard deviation between folds, draws and seeds, the largest first.")
        }
        if has({ $0.paired }) {
            lines.append("optimism: what choosing candidate and epoch on the test fold adds, on the same trajectories.")
        }
        if has({ $0.published }) {
            lines.append(
                "published: chosen on the test fold, trained on the whole training fold, as the literature does"
                    + (has({ $0.gainOfMoreRows }) ? "; more rows: what these rows add to the optimism." : "."))
        }
        if has({ $0.pooled }) {
            lines.append("pooled: of all out-of-fold predictions together, with a bootstrap over samples (or groups).")
        }
        lines.append(
            has({ $0.frontShare })
                ? "^%: share of these bootstrap samples in which the row is on the Pareto front."
                : "No shares of the front: too few folds; --bootstrap resamples kept predictions.")
        return lines
    }

    func title(of block: Block) -> String {
        let direction = block.greaterIsBetter ? "" : " (less is better)"
        return "\(block.task): \(block.metric)\(direction) against \(axis.title)".printable
    }
}

/// A column was asked for that the table does not have.
package struct UnknownColumn: Error, Hashable, Sendable, CustomStringConvertible {
    package let name: String
    /// The columns that there are.
    package let known: [String]

    package var description: String {
        "The table has no column \"\(name)\". Name some of: \(known.joined(separator: ", "))."
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
    /// The layer; of a row whose layer is a choice each one with the number of folds that chose it, `6×2 4`.
    var layerSummary: String {
        guard let chosenLayers else { return "\(unit.features.layer)" }
        return chosenLayers.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key)" + ($0.value > 1 ? "×\($0.value)" : "") }.joined(separator: " ")
    }

    /// Every choice with the values that folds made, each value with the number of folds: `epoch 7×2 9, penalty 1×3`.
    /// Weights of levels have their mean over folds.
    var choiceSummary: String {
        let choices = folds.flatMap(\.results).compactMap { $0.details?.choice }
        let names = Set(choices.flatMap(\.names)).filter { !Self.isWeight($0) }.sorted()
        let parts = names.map { name in
            let values = choices.compactMap { $0[name] }
            let counts = Dictionary(grouping: values) { $0 }.mapValues(\.count).sorted { $0.key < $1.key }
            return name
                + counts.map { " \(RoundTripFormat.number($0.key))" + ($0.value > 1 ? "×\($0.value)" : "") }.joined()
        }
        let all = parts + mixingSummary
        return all.isEmpty ? NumberFormat.missing : all.joined(separator: ", ")
    }
}

extension SpreadComponents {
    /// `fold .0120, draw .0040`, the largest first.
    fileprivate var summary: String {
        descending.map { "\($0.source.rawValue) \(NumberFormat.fixed($0.deviation))" }.joined(separator: ", ")
    }
}
