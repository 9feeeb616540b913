package import Features
import Training
import Units

/// Finds test samples that leak into training: equal ids, equal bytes or a common group on both sides of a split. It
/// reads ids, tasks and some of the tokens of one layer, and only reports.
package enum LeakageCheck {
    /// All findings about a plan's folds, in the order of its sets and tasks.
    ///
    /// Bytes are compared on the first layer of each set that the plan reads: later layers depend on it, and may differ
    /// in the last bit if samples were extracted in different batches.
    ///
    /// - Throws: `FeatureError` or `WorkError` where ids, tasks or the layer cannot be read.
    package static func findings(
        in plan: Plan, within budget: ReadingBudget = ReadingBudget()
    ) throws -> [LeakageFinding] {
        var findings: [LeakageFinding] = []
        var locator = FeatureLocator(roots: [])
        var checked: Set<String> = []
        for pass in plan.passes where checked.insert(pass.folder).inserted {
            let layers = plan.passes.filter { $0.folder == pass.folder }.map(\.layer.layer)
            let evidence = try Evidence(of: pass, layer: layers.min() ?? pass.layer.layer, within: budget)
            for reference in pass.tasks {
                let whole = try locator.task(reference, of: evidence.set, hints: plan.passes.map(\.folder))
                let task =
                    reference.sampling.flatMap { whole.sampled(negatives: $0.negatives, seed: $0.seed) } ?? whole
                findings += evidence.findings(task, plan.specification.folds)
            }
        }
        return findings
    }
}

/// What identifies samples of one feature set.
private struct Evidence {
    let set: FeatureSet
    private let pass: PlannedPass
    private let ids: [String]?
    private let identical: IdenticalSamples
    private let layer: Int

    init(of pass: PlannedPass, layer: Int, within budget: ReadingBudget) throws(FeatureError) {
        set = try FeatureSet.open(pass.folder)
        self.pass = pass
        ids = try set.uncheckedSampleIDs()
        identical = try set.layer(layer).identicalSamples(within: budget)
        self.layer = layer
    }

    func findings(_ task: FeatureTask, _ folds: FoldSettings) -> [LeakageFinding] {
        let splits = folds.splits(of: task)
        let ids = ids.map { ids in task.samples.map { ids[$0] } }
        let groups = folds.keepsGroups ? nil : task.groups
        return [
            ids.flatMap { finding(.duplicateIDs, task, splits, keys: $0) },
            finding(
                .identicalSamples, task, splits, keys: task.samples.map { identical.first[$0] }, note: readingNote),
            groups.flatMap { finding(.spanningGroups, task, splits, keys: $0) },
        ].compactMap { $0 }
    }

    private var readingNote: String {
        "compared on layer \(layer)"
            + (identical.unconfirmed > 0 ? ", \(identical.unconfirmed) samples by one page of their bytes only" : "")
    }

    /// - Parameter keys: for each row of the task a key that is equal for duplicates.
    private func finding<Key: Hashable>(
        _ kind: LeakageFinding.Kind, _ task: FeatureTask, _ splits: [FoldAssignment], keys: [Key], note: String = ""
    ) -> LeakageFinding? {
        let duplicates = Dictionary(grouping: keys.indices) { keys[$0] }.values.filter { $0.count > 1 }
        var (spanning, tested): (Int, Set<Int>) = (0, [])
        var example: [Int] = []
        for rows in duplicates {
            let leaking = splits.map { rows.leaking(in: $0) }.filter { !$0.isEmpty }
            guard let first = leaking.first?.first else { continue }
            spanning += 1
            tested.formUnion(leaking.joined().map(\.tested))
            let pair = [task.samples[first.tested], task.samples[first.trained]]
            // Duplicates are unordered, but the example must not change from run to run.
            if example.isEmpty || pair.lexicographicallyPrecedes(example) { example = pair }
        }
        guard spanning > 0 else { return nil }
        return LeakageFinding(
            kind: kind, set: pass.title, randomWeights: pass.randomWeights, task: task.name, count: spanning,
            tested: tested.count, samples: task.samples.count, example: example, note: note)
    }
}

extension [Int] {
    /// Duplicates that are tested while another one is trained on, each with one such other.
    fileprivate func leaking(in split: FoldAssignment) -> [(tested: Int, trained: Int)] {
        let fold = split.foldOfSample
        guard let first, let other = self.first(where: { fold[$0] != fold[first] }) else { return [] }
        return filter { fold[$0] >= 0 }.map { ($0, fold[$0] == fold[first] ? other : first) }
    }
}

extension FoldSettings {
    /// One for each repeat; the plan reports impossible ones.
    fileprivate func splits(of task: FeatureTask) -> [FoldAssignment] {
        references.filter { $0.heldOut == 0 }.compactMap {
            try? FoldAssignment.make(scheme: $0.scheme, count: $0.count, seed: $0.seed, for: task)
        }
    }

    fileprivate var keepsGroups: Bool { references.first?.keepsGroups ?? false }
}

extension PlannedPass {
    fileprivate var tasks: [TaskReference] {
        units.blocks.map(\.task).reduce(into: []) { tasks, task in
            if !tasks.contains(task) { tasks.append(task) }
        }
    }
}
