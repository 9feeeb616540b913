import Features
import Identities
import Metrics
import Probes
import Units

/// A task of the sweep: as it stands in units, and what is known of it.
struct SelectedTask {
    let reference: TaskReference
    let facts: TaskFacts
}

extension PlanExpansion {
    /// Whether a layer is swept for the control `raw` alone: the lowest of the set, which the specification leaves out.
    func isAdded(_ layer: LayerFacts, to set: FeatureSetFacts) -> Bool {
        guard let selections = specification.layers, specification.controls.contains(.raw),
            set.layers.allSatisfy({ $0.index >= layer.index })
        else { return false }
        return !selections.contains { $0.layer(among: set.named) == layer.index }
    }

    /// The layers that the specification names, in its order; all of the set by default.
    mutating func selectedLayers(of set: FeatureSetFacts) -> [LayerFacts] {
        guard let selections = specification.layers else { return set.layers }
        var layers: [LayerFacts] = []
        if specification.controls.contains(.raw), let raw = set.layers.min(by: { $0.index < $1.index }) {
            layers.append(raw)
        }
        for (position, selection) in selections.enumerated() {
            let index = selection.layer(among: set.named)
            if let found = set.layers.first(where: { $0.index == index }) {
                if !layers.contains(found) { layers.append(found) }
            } else {
                let candidates: [String] =
                    switch selection {
                    case .index: set.layers.map { "\($0.index)" }
                    case .name, .depth: set.layers.map(\.name)
                    }
                report(
                    element("layers", position), "\(selection)", "is not a layer of feature set \(set.name).",
                    remedy: suggestion(for: "\(selection)", among: candidates))
            }
        }
        return layers
    }

    /// The tasks that the specification names, in its order; by default all that this version can train.
    mutating func selectedTasks(of set: FeatureSetFacts) -> [SelectedTask] {
        guard let selections = specification.tasks else {
            let trainable = set.tasks.filter(\.isTrainable)
            return trainable.map { selected($0, TaskSelection(name: $0.name)) }
        }
        var tasks: [SelectedTask] = []
        for (position, selection) in selections.enumerated() {
            let field = element("tasks", position)
            guard let facts = set.tasks.first(where: { $0.name == selection.name }) else {
                report(
                    field, selection.name, "is not a task of feature set \(set.name).",
                    remedy: suggestion(for: selection.name, among: set.tasks.map(\.name)))
                continue
            }
            let metric = selection.metric ?? facts.metric
            let known = facts.isTrainable ? Metrics.names(forKind: facts.kind) : []
            if known.isEmpty {
                report(field, facts.name, "is of kind \"\(facts.kind)\", which this version does not train.")
            } else if !known.contains(metric) {
                report(
                    field, metric, "is not a metric of \(facts.kind) tasks.",
                    remedy: Metrics.nearestName(to: metric, forKind: facts.kind).map { "Did you mean \"\($0)\"?" }
                        ?? suggestion(for: metric, among: known))
            }
            checkLoss(selection, of: facts, field: field)
            checkSampling(selection, of: facts, field: field)
            tasks.append(selected(facts, selection))
        }
        return tasks
    }

    private func selected(_ facts: TaskFacts, _ selection: TaskSelection) -> SelectedTask {
        SelectedTask(
            reference: TaskReference(
                name: facts.name, digest: facts.digest, kind: facts.kind, classes: facts.classes,
                metric: selection.metric ?? facts.metric, loss: selection.loss,
                sampling: selection.negatives.map {
                    NegativeSampling(negatives: $0, seed: specification.folds.seed)
                }, common: facts.common),
            facts: facts)
    }

    private mutating func checkLoss(_ selection: TaskSelection, of facts: TaskFacts, field: String) {
        let choices = Loss.choices(forKind: facts.kind)
        if let loss = selection.loss, !choices.contains(loss) {
            report(
                "\(field).loss", loss.rawValue, "trains no \(facts.kind) tasks.",
                remedy: suggestion(for: loss.rawValue, among: choices.map(\.rawValue)))
        }
        let metric = selection.metric ?? facts.metric
        if metric.hasPrefix("grouped-") && facts.groups == nil {
            report(
                field, metric, "is a mean over groups, and task \(facts.name) has none.",
                remedy: "Add groups to the task, or take \(metric.dropFirst("grouped-".count)).")
        }
    }

    private mutating func checkSampling(_ selection: TaskSelection, of facts: TaskFacts, field: String) {
        guard let negatives = selection.negatives else { return }
        if facts.kind != "binary" && facts.kind != "retrieval" {
            report(
                "\(field).negatives", "\(negatives)",
                "can be drawn for binary and retrieval tasks, not for \(facts.kind).",
                remedy: "Leave the field out.")
        } else if facts.samples == 0 {
            report(
                "\(field).negatives", "\(negatives)",
                "is more than any group of task \(facts.name) has for one of its positives.",
                remedy: "Ask for fewer negatives.")
        }
    }

    /// Refuses to keep predictions that no message could carry.
    mutating func checkPredictions(of task: SelectedTask, in set: FeatureSetFacts) {
        guard specification.keepsPredictions else { return }
        let rows = task.facts.samples / (specification.folds.isPredefined ? 1 : specification.folds.count)
        let bytes = 4 * rows * (task.reference.outputs + 1)
        guard bytes > ResultPayload.mostPredictionBytes else { return }
        report(
            "keep", "predictions",
            "takes \(bytes >> 20) MiB a fold for task \(task.facts.name) of \(set.name), more than the "
                + "\(ResultPayload.mostPredictionBytes >> 20) MiB that travel with a result.",
            remedy: "Take more folds, or leave the task out of a sweep that keeps predictions.")
    }

    /// Refuses shots that the classes of a task cannot give.
    mutating func checkShots(of task: TaskFacts, in set: FeatureSetFacts) {
        for perClass in specification.shots.compactMap({ $0?.perClass }) {
            if task.classCounts.isEmpty {
                report(
                    "shots", "\(perClass)",
                    "counts samples of a class, and task \(task.name) of \(set.name) is of kind \(task.kind).",
                    remedy: "Give a share, such as 10%, or leave the task out.")
            }
            for (index, count) in task.classCounts.enumerated() where count > 0 && count < perClass {
                report(
                    "shots", "\(perClass)",
                    "is more than the \(count) samples of class \"\(task.className(index))\" of task \(task.name) of "
                        + "\(set.name).", remedy: "Ask for fewer shots, or for a share.")
            }
        }
    }

    /// Refuses tasks whose samples cannot be split as the specification asks.
    mutating func checkFolds(of task: TaskFacts, in set: FeatureSetFacts) {
        let known = problems.count
        checkCounts(of: task, in: set)
        // Problems that were reported with the class name and the field's line need no repetition.
        if problems.count == known, let problem = task.foldProblem {
            report("folds", nil, "cannot be made of task \(task.name) of \(set.name): \(problem)")
        }
    }

    private mutating func checkCounts(of task: TaskFacts, in set: FeatureSetFacts) {
        let folds = specification.folds
        switch folds.scheme {
        case "stratified" where task.kind != "multilabel":
            for (index, count) in task.classCounts.enumerated() where count > 0 && count < folds.count {
                report(
                    "folds.count", "\(folds.count)",
                    "is more than the \(count) samples of class \"\(task.className(index))\" of task \(task.name) "
                        + "of \(set.name).",
                    remedy: "Take at most \(count) folds, or leave the class out of the task.")
            }
        case "grouped":
            guard let groups = task.groups else {
                report(
                    "folds.scheme", folds.scheme, "needs groups, and task \(task.name) of \(set.name) has none.",
                    remedy: "Add groups to the task, or take stratified folds.")
                return
            }
            if groups < folds.count {
                report(
                    "folds.count", "\(folds.count)",
                    "is more than the \(groups) groups of task \(task.name) of \(set.name).",
                    remedy: "Take at most \(groups) folds.")
            }
        case "predefined":
            if !task.hasSplit {
                report(
                    "folds.scheme", folds.scheme, "needs a split, and task \(task.name) of \(set.name) has none.",
                    remedy: "Add a split to the task, or take stratified folds.")
            }
        default:
            if task.samples < folds.count {
                report(
                    "folds.count", "\(folds.count)",
                    "is more than the \(task.samples) samples of task \(task.name) of \(set.name).",
                    remedy: "Take at most \(task.samples) folds.")
            }
        }
    }

    /// Refuses the control `types` where no task that is swept has types.
    mutating func checkTypes(of facts: SweepFacts) {
        guard specification.controls.contains(.types) else { return }
        let names = specification.tasks.map { Set($0.map(\.name)) }
        let tasks = facts.sets.flatMap(\.tasks).filter { names?.contains($0.name) ?? true }
        guard !tasks.contains(where: { $0.hasTypes == true }) else { return }
        report(
            "controls", "types",
            "needs a task that has types, and none of \(tasks.map(\.name).joined(separator: ", ")) "
                + "has any.",
            remedy: "Add the tensor types to the task, or leave the control out.")
    }

    /// Refuses sets of equal names, which tables could not tell apart, and sweeps without a unit.
    mutating func checkNames(of facts: SweepFacts) {
        for (position, set) in facts.sets.enumerated() {
            if facts.sets[..<position].contains(where: { $0.name == set.name }) {
                report(
                    element("features", position), set.name, "is the name of two feature sets of this sweep.",
                    remedy: "Give one of them another name in its manifest.")
            }
            if let title = set.title,
                facts.sets[..<position].contains(where: { $0.title == title && $0.sharesTask(with: set) })
            {
                report(
                    element("features", position), title, "is what tables would call two feature sets of one task.",
                    remedy: "Give one of them another name: features: [{path: FOLDER, name: NAME}].")
            }
            if specification.tasks == nil && set.tasks.allSatisfy({ !$0.isTrainable }) {
                report(
                    element("features", position), set.name, "has no task that this version trains.",
                    remedy: "Add a classification task beside its features.")
            }
        }
    }

    /// The path of a list's element, as the reader recorded it.
    private func element(_ field: String, _ position: Int) -> String {
        let path = "\(field)[\(position)]"
        return specification.source.lines[path] == nil && position == 0 ? field : path
    }
}

extension FeatureSetFacts {
    fileprivate var named: [(index: Int, name: String)] { layers.map { ($0.index, $0.name) } }

    fileprivate func sharesTask(with other: FeatureSetFacts) -> Bool {
        !Set(tasks.map(\.name)).isDisjoint(with: other.tasks.map(\.name))
    }
}

extension TaskFacts {
    /// Whether this version knows its kind.
    fileprivate var isTrainable: Bool { FeatureTask.Kind(rawValue: kind) != nil }
}
