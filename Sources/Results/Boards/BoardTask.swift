import Metrics
import Sweeps
import Units

/// A task of a board while it is made: the rows over the same samples, labels and folds.
struct BoardTask {
    let name: String
    let metric: String
    let greaterIsBetter: Bool
    let rows: [ResultRow]
    let chance: Double?
    let perfect: Double?

    /// The tasks of a table, in order of name: rows that chose honestly, on whole training folds, and are no controls.
    static func all(of table: ResultTable) -> [BoardTask] {
        table.blocks.flatMap { block -> [BoardTask] in
            let rows = block.rows.filter { !$0.isControl && !$0.isOptimistic && $0.unit.shots == nil }
            var kinds: [Kind] = []
            for kind in rows.map(Kind.init) where !kinds.contains(kind) { kinds.append(kind) }
            let own = kinds.map { kind in rows.filter { Kind($0) == kind } }
            let metric = table.blocks.count { $0.task == block.task } > 1 ? [block.metric] : []
            let names = Kind.differences(kinds, sets: own.map { $0.map(\.unit.features.set).min() ?? "" })
            return zip(own, names).map { own, words in
                BoardTask(block, own, name: ([block.task] + metric + words).joined(separator: " "))
            }
        }
    }

    private init(_ block: ResultTable.Block, _ rows: [ResultRow], name: String) {
        (self.name, metric, greaterIsBetter, self.rows) = (name, block.metric, block.greaterIsBetter, rows)
        chance = rows.lazy.compactMap(\.chance).first
        perfect = Metrics.catalogue.first { $0.name == block.metric }.map {
            block.greaterIsBetter ? $0.values.range.upperBound : $0.values.range.lowerBound
        }.flatMap { $0.isFinite ? $0 : nil }
    }

    /// What rows have in common that can be compared.
    private struct Kind: Equatable {
        let task: TaskReference
        let folds: [FoldReference]

        init(_ row: ResultRow) {
            var task = row.unit.task
            // The digest says which samples; how a set came to have them does not matter here.
            task.common = nil
            self.task = task
            folds = row.folds.map(\.reference)
        }

        /// In words what tells each kind from the others: folds, data, loss, labels; a number where that is not enough.
        ///
        /// - Parameter sets: of each kind, the name of a feature set.
        static func differences(_ kinds: [Kind], sets: [String]) -> [[String]] {
            var words = kinds.map { _ in [String]() }
            func add(_ part: (Int) -> String) {
                let parts = kinds.indices.map(part)
                guard Set(parts).count > 1 else { return }
                for index in kinds.indices where !parts[index].isEmpty { words[index].append(parts[index]) }
            }
            add { "\(kinds[$0].folds.count) folds" }
            add { kinds[$0].folds.first?.scheme ?? "" }
            add { "seed \(kinds[$0].folds.first?.seed ?? 0)" }
            if Set(kinds.map(\.task)).count > 1 { add { sets[$0] } }
            add { kinds[$0].task.loss?.rawValue ?? "" }
            add { kinds[$0].task.sampling.map { "\($0.negatives) negatives" } ?? "" }
            if Set(words).count < kinds.count { add { "labels \(kinds[$0].task.digest.prefix(8))" } }
            if Set(words).count < kinds.count { add { "variant \($0 + 1)" } }
            return words
        }
    }

    /// 0 for chance and 1 for perfect; nil where either is not known.
    func normalized(_ value: Double) -> Double? {
        guard let chance, let perfect, perfect != chance else { return nil }
        return (value - chance) / (perfect - chance)
    }

    /// The factor that turns a difference of the metric into one of normalised metrics.
    var scale: Double? {
        guard let chance, let perfect, perfect != chance else { return nil }
        return 1 / (perfect - chance)
    }

    /// Samples that are tested in one repeat; nil where results do not say.
    var samples: Int? {
        rows.lazy.filter(\.isComplete).compactMap { row -> Int? in
            let counts = row.folds.filter { $0.reference.repetition == 0 }.map { $0.result?.details?.testSamples }
            let known = counts.compactMap { $0 }
            return known.count == counts.count ? known.reduce(0, +) : nil
        }.first
    }

    /// Numbers from 0, equal for tasks that label the samples of one feature set.
    static func clusters(of tasks: [BoardTask]) -> [Int] {
        var clusters = Array(tasks.indices)
        for (index, task) in tasks.enumerated() {
            let sets = Set(task.rows.map(\.unit.features.set))
            for earlier in 0..<index where !sets.isDisjoint(with: tasks[earlier].rows.map(\.unit.features.set)) {
                let (old, new) = (clusters[index], clusters[earlier])
                clusters = clusters.map { $0 == old ? new : $0 }
            }
        }
        let numbers = Set(clusters).sorted()
        return clusters.map { numbers.firstIndex(of: $0) ?? 0 }
    }
}
