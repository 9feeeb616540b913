import Features
import Numerics
import Probes
import Units

extension SweepFacts {
    /// Reads the manifests, layer headers and tasks of every feature set that a specification names. No token is read.
    ///
    /// - Throws: `SpecificationError` with everything that cannot be opened: missing folders, broken manifests, missing
    ///   or truncated shards, tasks that contradict their features.
    package static func gather(_ specification: SweepSpecification) throws(SpecificationError) -> SweepFacts {
        var sets: [GatheredSet] = []
        /// The twins of each.
        var untrained: [[GatheredSet]] = []
        var problems: [SpecificationError.Problem] = []
        for (position, folder) in specification.features.enumerated() {
            do {
                let twins = specification.untrained[folder] ?? []
                sets.append(try GatheredSet(folder, specification))
                untrained.append(
                    try twins.map { (twin) throws(FeatureError) in try GatheredSet(twin, specification) })
            } catch {
                let listed = "features[\(position)]"
                let field = specification.source.lines[listed] == nil ? "features" : listed
                problems.append(
                    specification.source.problem(field, folder, "cannot be used: \(error)"))
            }
        }
        guard problems.isEmpty else { throw SpecificationError(problems: problems) }
        var facts = try aligned(sets + untrained.joined(), specification).map { $0.facts(specification) }
        for (index, title) in titles(of: sets, specification).enumerated() { facts[index].title = title }
        var twins = facts.suffix(from: sets.count)
        facts.removeLast(twins.count)
        for (index, own) in untrained.enumerated() where specification.untrained[sets[index].folder] != nil {
            facts[index].untrained = Array(twins.prefix(own.count))
            twins.removeFirst(own.count)
        }
        return SweepFacts(sets: facts, labels: TrainingLabel.all(of: specification))
    }

    /// What tables call the sets: the specification's name, else the backbone's, else the set's own where two sets of one
    /// backbone have a task in common and would not be told apart.
    private static func titles(of sets: [GatheredSet], _ specification: SweepSpecification) -> [String] {
        sets.map { own in
            if let name = specification.names[own.folder] { return name }
            let isShared = sets.contains { other in
                other.folder != own.folder && other.backbone == own.backbone
                    && !Set(other.tasks.map(\.whole.name)).isDisjoint(with: own.tasks.map(\.whole.name))
            }
            return isShared ? own.set.manifest.name : own.backbone ?? own.set.manifest.name
        }
    }

    /// The sets with their tasks as they are used together.
    ///
    /// - Throws: `SpecificationError` for every task whose samples do not agree as the specification asks.
    private static func aligned(
        _ sets: [GatheredSet], _ specification: SweepSpecification
    ) throws(SpecificationError) -> [GatheredSet] {
        var sets = sets
        var problems: [SpecificationError.Problem] = []
        for name in Set(sets.flatMap { $0.tasks.map(\.whole.name) }).sorted() where specification.reads(task: name) {
            let alignment = TaskAlignment(members: sets.compactMap { $0.member(task: name) })
            if let problem = alignment.problem(specification.samples) {
                problems.append(
                    specification.source.problem(
                        "samples", specification.samples.rawValue, "cannot be had of task \(name): \(problem.reason)",
                        remedy: problem.remedy))
            } else if specification.samples == .common {
                for common in alignment.common {
                    for index in sets.indices { sets[index].cut(task: name, to: common) }
                }
            }
        }
        guard problems.isEmpty else { throw SpecificationError(problems: problems) }
        return sets
    }
}

/// A feature set that is open, and its tasks.
private struct GatheredSet {
    let set: FeatureSet
    let folder: String
    let layers: [LayerFacts]
    let weights: [WeightsFacts]?
    var tasks: [GatheredTask]

    struct GatheredTask {
        let whole: FeatureTask
        /// What is left of it, and the digests of the tasks whose common samples that is; nil for all of it.
        var cut: (task: FeatureTask, common: [String])?
    }

    init(_ folder: String, _ specification: SweepSpecification) throws(FeatureError) {
        set = try FeatureSet.open(folder)
        self.folder = folder
        layers = try Self.layers(of: set, specification)
        tasks = try Self.tasks(of: set, specification).map { GatheredTask(whole: $0) }
        weights = try Self.weights(of: set, specification)
    }

    /// The backbone's name; nil for features of none.
    var backbone: String? { ["", "none"].contains(set.manifest.backbone.name) ? nil : set.manifest.backbone.name }

    /// Nil where the set lacks the task, or its samples have no ids.
    func member(task name: String) -> TaskAlignment.Member? {
        tasks.first { $0.whole.name == name && $0.whole.ids != nil }.map {
            TaskAlignment.Member(set: set.manifest.name, task: $0.whole)
        }
    }

    /// A set that is not concerned, or lacks nothing, is left as it is.
    mutating func cut(task name: String, to common: TaskAlignment.Common) {
        guard common.concerns(set: set.manifest.name),
            let place = tasks.firstIndex(where: { $0.whole.name == name }), let ids = tasks[place].whole.ids,
            !common.ids.isSuperset(of: ids)
        else { return }
        tasks[place].cut = (tasks[place].whole.keeping(common.ids), common.tasks)
    }

    func facts(_ specification: SweepSpecification) -> FeatureSetFacts {
        FeatureSetFacts(
            name: set.manifest.name, folder: folder, samples: set.manifest.samples, layers: layers,
            tasks: tasks.map { task in
                var facts = TaskFacts(task.cut?.task ?? task.whole, specification)
                facts.hasTypes = task.whole.types == nil ? nil : true
                facts.common = task.cut?.common
                facts.dropped = task.cut.map { DroppedSamples(of: task.whole, leaving: $0.task) }
                return facts
            }, weights: weights, randomWeights: set.manifest.backbone.randomWeights)
    }

    private static func layers(
        of set: FeatureSet, _ specification: SweepSpecification
    ) throws(FeatureError) -> [LayerFacts] {
        var layers: [LayerFacts] = []
        let all = set.manifest.layers.map { (index: $0.index, name: $0.name) }
        let swept = specification.layers.map { Set($0.compactMap { $0.layer(among: all) }) }
        for entry in set.manifest.layers {
            // A layer that the sweep leaves out may be on another machine; its facts still serve to list the valid
            // ones.
            let isFirst = set.manifest.layers.allSatisfy { $0.index >= entry.index }
            let isSwept = swept?.contains(entry.index) ?? true
            let isRaw = isFirst && !isSwept && specification.controls.contains(.raw)
            let isRead = isSwept || isRaw || specification.mixes(level: entry.index, name: entry.name)
            let tokens =
                isRead
                ? try set.layer(entry.index).extent
                : LayerExtent(tokens: 0...entry.tokens, mean: Double(entry.tokens), bytes: 0)
            layers.append(
                LayerFacts(
                    index: entry.index, name: entry.name, digest: try set.digest(ofLayer: entry.index),
                    width: entry.width, tokens: tokens.tokens, hasClassToken: set.manifest.layout.classToken,
                    bytes: tokens.bytes, finalNorm: entry.finalNorm, registers: set.manifest.layout.registers,
                    meanTokens: tokens.mean, isRaw: isRaw ? true : nil,
                    depth: specification.depth(of: entry.index, among: all)))
        }
        return layers
    }

    /// All tasks that can be read, so that messages can list them; one that cannot be read harms a sweep that names it,
    /// or that names none and so asks for all.
    private static func tasks(
        of set: FeatureSet, _ specification: SweepSpecification
    ) throws(FeatureError) -> [FeatureTask] {
        var tasks: [FeatureTask] = []
        for name in set.tasks {
            do throws(FeatureError) {
                tasks.append(try set.task(name))
            } catch {
                if specification.reads(task: name) { throw error }
            }
        }
        return tasks
    }

    /// Nil where no probe reads any.
    private static func weights(
        of set: FeatureSet, _ specification: SweepSpecification
    ) throws(FeatureError) -> [WeightsFacts]? {
        let names = Set(specification.probes.flatMap(\.weightsNames))
        guard !names.isEmpty else { return nil }
        var facts: [WeightsFacts] = []
        for name in set.weights.filter(names.contains) {
            let weights = try set.weights(name)
            facts.append(
                WeightsFacts(
                    reference: WeightsReference(name: name, digest: weights.digest), shapes: weights.shapes,
                    metadata: weights.file.metadata))
        }
        return facts
    }
}

extension ProbeAxes {
    /// Whether one of its mixtures names a level.
    fileprivate func mixes(level index: Int, name: String) -> Bool {
        (options[LevelMix.option.name] ?? []).contains { value in
            if case .list(let levels) = value {
                levels.contains(.integer(index)) || levels.contains(.text(name))
            } else {
                false
            }
        }
    }

    /// The files of tensors that this entry's probes name.
    fileprivate var weightsNames: [String] {
        guard let option = ProbeCatalog.weightsOption(of: type) else { return [] }
        return (options[option] ?? []).map(\.description)
    }
}

extension SweepSpecification {
    /// The task with as many negatives as requested; nil if it has none to give.
    fileprivate func rows(of task: FeatureTask) -> FeatureTask? {
        let isSampled = task.kind == .binary || task.kind == .retrieval
        guard isSampled, let negatives = tasks?.first(where: { $0.name == task.name })?.negatives else { return task }
        return task.sampled(negatives: negatives, seed: folds.seed)
    }

    fileprivate func reads(task name: String) -> Bool {
        tasks.map { $0.contains { $0.name == name } } ?? true
    }

    fileprivate func mixes(level index: Int, name: String) -> Bool {
        probes.contains { $0.mixes(level: index, name: name) }
    }
}

extension TaskFacts {
    /// Facts of the rows that the specification selects from a task. Name and digest stay those of the task itself.
    fileprivate init(_ whole: FeatureTask, _ specification: SweepSpecification) {
        let folds = specification.folds
        guard let task = specification.rows(of: whole) else {
            self.init(
                name: whole.name, digest: whole.digest, kind: whole.kind.rawValue, metric: whole.metric,
                classes: whole.classes, classNames: whole.classNames, samples: 0, classCounts: [], groups: nil,
                hasSplit: false)
            return
        }
        let counts = Self.classCounts(task)
        self.init(
            name: whole.name, digest: whole.digest, kind: task.kind.rawValue, metric: task.metric,
            classes: task.classes, classNames: task.classNames, samples: task.samples.count, classCounts: counts,
            groups: task.groups.map { Set($0).count }, hasSplit: task.split != nil,
            foldProblem: Self.foldProblem(task, folds))
    }

    /// Samples of each class, positives of each label; empty for tasks without classes.
    fileprivate static func classCounts(_ task: FeatureTask) -> [Int] {
        var counts = [Int](repeating: 0, count: task.classes)
        switch task.targets {
        case .classes(let labels): for label in labels { counts[Int(label)] += 1 }
        case .indicators(let indicators):
            for (index, indicator) in indicators.enumerated() { counts[index % task.classes] += Int(indicator) }
        case .scores: return []
        }
        return counts
    }

    /// What only the labels and groups themselves show: whether every class can be trained on in every fold.
    private static func foldProblem(_ task: FeatureTask, _ folds: FoldSettings) -> String? {
        for reference in folds.references where reference.heldOut == 0 {
            do {
                _ = try FoldAssignment.make(
                    scheme: reference.scheme, count: reference.count, seed: reference.seed, for: task)
            } catch {
                return error.description
            }
        }
        return nil
    }
}

extension DroppedSamples {
    fileprivate init(of whole: FeatureTask, leaving cut: FeatureTask) {
        self.init(
            samples: whole.samples.count - cut.samples.count,
            classCounts: zip(TaskFacts.classCounts(whole), TaskFacts.classCounts(cut)).map { $0 - $1 })
    }
}
