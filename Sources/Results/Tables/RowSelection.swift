import Probes
import Sweeps
import Units

/// Which rows of a table are asked for; an empty list asks for all.
package struct RowSelection: Hashable, Sendable {
    /// Feature sets by their name in tables or in their manifest.
    package var features: [String]
    /// Names of tasks.
    package var tasks: [String]
    /// Indices of layers.
    package var layers: [Int]
    /// Probes by label (`linear mean`) or by type (`linear`).
    package var probes: [String]
    /// D_o.
    package var outputs: [Int]

    package init(
        features: [String] = [], tasks: [String] = [], layers: [Int] = [], probes: [String] = [], outputs: [Int] = []
    ) {
        self.features = features
        self.tasks = tasks
        self.layers = layers
        self.probes = probes
        self.outputs = outputs
    }
}

/// A selection of something that the table does not have.
package struct SelectionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `features`, `task`, `layer`, `probe` or `output`.
    package let field: String
    package let value: String
    /// The valid values.
    package let present: [String]

    package var description: String {
        "The table has no \(field) \"\(value)\". Name one of: \(present.joined(separator: ", "))."
    }
}

extension ResultTable {
    /// The rows that a selection asks for, marked among themselves.
    ///
    /// - Throws: `SelectionError` for a feature set, task, layer, probe or output dimensionality that no row has.
    package func selecting(_ selection: RowSelection) throws(SelectionError) -> ResultTable {
        try check("task", selection.tasks, blocks.map(\.task))
        var table = self
        if !selection.tasks.isEmpty { table.blocks = blocks.filter { selection.tasks.contains($0.task) } }
        let rows = table.blocks.flatMap(\.rows)
        try check("features", selection.features, rows.map(\.features), also: rows.map(\.unit.features.set))
        try check("layer", selection.layers.map(String.init), rows.map { "\($0.unit.features.layer)" })
        try check("probe", selection.probes, rows.map(\.label), also: rows.map(\.unit.probe.type))
        try check("output", selection.outputs.map(String.init), rows.map { "\($0.outputWidth)" })
        for index in table.blocks.indices {
            table.blocks[index].rows.removeAll { !selection.holds($0) }
            table.blocks[index].mark(axis)
        }
        table.blocks.removeAll(where: \.rows.isEmpty)
        return table
    }

    private func check(
        _ field: String, _ wanted: [String], _ present: [String], also: [String] = []
    ) throws(SelectionError) {
        let known = Set(present + also)
        guard let unknown = wanted.first(where: { !known.contains($0) }) else { return }
        var listed: [String] = []
        for value in present where !listed.contains(value) { listed.append(value) }
        throw SelectionError(field: field, value: unknown, present: listed)
    }
}

extension RowSelection {
    fileprivate func holds(_ row: ResultRow) -> Bool {
        func allows<Value: Equatable>(_ list: [Value], _ values: Value...) -> Bool {
            list.isEmpty || values.contains(where: list.contains)
        }
        return allows(features, row.features, row.unit.features.set) && allows(layers, row.unit.features.layer)
            && allows(probes, row.label, row.unit.probe.type)
            && allows(outputs, row.outputWidth)
    }
}
