import Sweeps
import Units

extension ResultTable {
    /// The rows of several tables as one, marked among themselves.
    ///
    /// A row that two tables have, the same probe on the same folds of the same samples, is kept once: that with more
    /// folds done.
    package static func joined(_ tables: [ResultTable], against axis: CostAxis) -> ResultTable {
        guard tables.count > 1 else { return tables.first ?? make([ResultCell](), against: axis) }
        var joined = ResultTable(axis: axis, blocks: [])
        for table in tables {
            joined.droppedSamples += table.droppedSamples.filter { !joined.droppedSamples.contains($0) }
            joined.lastLayers.merge(table.lastLayers) { max($0, $1) }
        }
        let blocks = Dictionary(grouping: tables.flatMap(\.blocks)) { [$0.task, $0.metric] }
        joined.blocks = blocks.sorted { $0.key.lexicographicallyPrecedes($1.key) }.compactMap { _, blocks in
            guard let task = blocks.first?.rows.first?.unit.task else { return nil }
            var rows: [RowIdentity: ResultRow] = [:]
            for row in blocks.flatMap(\.rows) {
                let known = rows[RowIdentity(row.unit)]
                if (known?.foldsDone ?? -1) < row.foldsDone { rows[RowIdentity(row.unit)] = row }
            }
            return Block(BlockIdentity(task), Array(rows.values), axis: axis)
        }
        return joined
    }
}
