import Numerics

extension FeatureTask {
    /// The task with its targets permuted, for a control that can learn nothing but what leaks.
    ///
    /// Groups whose rows agree exchange their targets as wholes: then their rows still agree, as they do in the task
    /// itself. Rows of groups that have several exchange them within their group; rows without groups among all rows.
    ///
    /// - Parameter seed: The same permutation for the same task and seed.
    package func permuted(seed: Int) -> FeatureTask {
        takingTargets(of: sources(seed: seed), name: "\(name) permuted by seed \(seed)")
    }

    /// The task with a target at random for each of its types, the same for all rows of a type: what a head scores on it
    /// is what it can remember (control tasks: Hewitt and Liang, "Designing and interpreting probes with control tasks",
    /// EMNLP 2019). Each type takes the target of a row that is drawn for it, so that targets are as frequent as they are.
    ///
    /// - Parameter seed: The same targets for the same task and seed.
    /// - Returns: Nil for a task without types.
    package func labelledByType(seed: Int) -> FeatureTask? {
        guard let types else { return nil }
        let generator = CounterGenerator(key: UInt64(bitPattern: Int64(seed)), stream: 6 << 40)
        let source = types.map { type in
            Int(
                generator.bits(at: UInt64(UInt32(bitPattern: type))).multipliedFullWidth(by: UInt64(samples.count)).high
            )
        }
        return takingTargets(of: source, name: "\(name) labelled by type, seed \(seed)")
    }

    /// - Parameter source: The row that each row takes its target from.
    private func takingTargets(of source: [Int], name: String) -> FeatureTask {
        var task = self
        task.name = name
        switch targets {
        case .classes(let labels): task.targets = .classes(source.map { labels[$0] })
        case .scores(let scores): task.targets = .scores(source.map { scores[$0] })
        case .indicators(let indicators):
            task.targets = .indicators(source.flatMap { indicators[$0 * classes..<($0 + 1) * classes] })
        }
        return task
    }

    /// The row that each row takes its target from.
    private func sources(seed: Int) -> [Int] {
        guard let groups else { return Self.order(samples.count, stream: 0, seed: seed) }
        let members = Dictionary(grouping: groups.indices) { groups[$0] }.sorted { $0.key < $1.key }
        var sources = Array(groups.indices)
        let whole = members.filter { agree($0.value) }
        let order = Self.order(whole.count, stream: 0, seed: seed)
        for (place, group) in whole.enumerated() {
            let source = whole[order[place]].value[0]
            for row in group.value { sources[row] = source }
        }
        for (group, rows) in members where !agree(rows) {
            let order = Self.order(rows.count, stream: 1 << 32 | UInt64(UInt32(bitPattern: group)), seed: seed)
            for (row, place) in zip(rows, order) { sources[row] = rows[place] }
        }
        return sources
    }

    private func agree(_ rows: [Int]) -> Bool {
        guard let first = rows.first else { return true }
        return rows.allSatisfy { row in
            switch targets {
            case .classes(let labels): labels[row] == labels[first]
            case .scores(let scores): scores[row] == scores[first]
            case .indicators(let indicators):
                indicators[row * classes..<(row + 1) * classes]
                    .elementsEqual(indicators[first * classes..<(first + 1) * classes])
            }
        }
    }

    private static func order(_ count: Int, stream: UInt64, seed: Int) -> [Int] {
        CounterGenerator(key: UInt64(bitPattern: Int64(seed)), stream: 5 << 40 | stream).permutation(count)
    }
}
