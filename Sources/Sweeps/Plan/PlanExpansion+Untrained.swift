import Probes
import Training
import Units

// The control random-weights: every probe on the features of the same architecture untrained.

extension PlanExpansion {
    /// The passes over the untrained sets that belong to a set: its tasks, folds, layers and probes.
    mutating func untrainedPasses(beside set: FeatureSetFacts) -> [PlannedPass] {
        guard specification.controls.contains(.randomWeights) else { return [] }
        guard let twins = set.untrained, !twins.isEmpty else {
            report(
                "controls", SweepControl.randomWeights.rawValue,
                "needs the features of the same architecture untrained, and none are named for \(set.name).",
                remedy:
                    "Extract them with probesweep-extract … --random-weights SEED, for three seeds or more, and name "
                    + "their folders: features: [{path: FOLDER, untrained: [FOLDER, …]}].")
            return []
        }
        let (tasks, swept) = (selectedTasks(of: set), selectedLayers(of: set).filter { !isAdded($0, to: set) })
        let mixtures = mixtures(of: set, sweeping: swept)
        let layers = swept + mixtures.owners.filter { !swept.contains($0) }
        guard check(twins, of: set, tasks, layers) else { return [] }
        return twins.flatMap { twin in
            // Its rows stand beside those of the trained features.
            var twin = twin
            (twin.name, twin.title) = (set.name, set.title)
            return layers.compactMap { layer -> PlannedPass? in
                guard let own = twin.layers.first(where: { $0.index == layer.index }) else { return nil }
                let levels = Levels(mixtures, isSwept: swept.contains(layer))
                return pass(over: own, of: twin) { plan, members in
                    tasks.map { task in
                        let heads = plan.untrainedHeads(of: task, layer, levels, in: twin, own)
                        return plan.block(task, heads, members)
                    }
                }
            }
        }
    }

    /// Every probe that the trained layer has and the untrained one fits, honest ones alone.
    private func untrainedHeads(
        of task: SelectedTask, _ layer: LayerFacts, _ levels: Levels, in twin: FeatureSetFacts, _ own: LayerFacts
    ) -> [PlannedUnits.Head] {
        var heads: [PlannedUnits.Head] = []
        var seen: Set<PlannedUnits.Head.Identity> = []
        for (index, entry) in specification.probes.enumerated() {
            guard let axes = levels.axes(of: entry, at: index, on: layer),
                let method = axes.method(for: task.reference, classWeights: specification.classWeights)
            else { continue }
            let blocks = twin.blocks(of: axes, behind: own)
            for identity in specification.identities(of: axes, by: method, width: own.width, blocks, hasTypes: false)
            where identity.control == nil && specification.isCompared(identity.solver.selection) {
                let untrained = identity.onUntrained(weights: twin.randomWeights ?? 0)
                guard seen.insert(untrained).inserted, let head = try? head(untrained, task, own, in: twin) else {
                    continue
                }
                heads.append(head)
            }
        }
        return heads
    }

    /// Whether the untrained sets are what they are named as, and have the same samples, tasks and layers.
    private mutating func check(
        _ twins: [FeatureSetFacts], of set: FeatureSetFacts, _ tasks: [SelectedTask], _ layers: [LayerFacts]
    ) -> Bool {
        let known = problems.count
        let pairs = saturating(twins.count, saturating(tasks.count, layers.count))
        guard admits(saturating(pairs, specification.unitsOfUntrainedLayerAndTask)) else { return false }
        for (number, twin) in twins.enumerated() {
            func refuse(_ reason: String, _ remedy: String) {
                report("features", twin.folder, reason, remedy: remedy)
            }
            if let seed = twin.randomWeights {
                if twins[..<number].contains(where: { $0.randomWeights == seed }) {
                    refuse(
                        "has random weights of seed \(seed), which another set beside \(set.name) has too.",
                        "Extract each with a seed of its own.")
                }
            } else {
                refuse(
                    "is named as untrained, and its manifest does not say so: backbone.randomWeights is missing.",
                    "Name features that were extracted with --random-weights SEED.")
            }
            if twin.samples != set.samples {
                refuse(
                    "has \(twin.samples) samples, and \(set.name) has \(set.samples).",
                    "Extract it from the same data.")
            }
            for task in tasks where twin.tasks.first(where: { $0.name == task.facts.name })?.digest != task.facts.digest
            {
                refuse(
                    "lacks task \(task.facts.name) of \(set.name), or has other labels, ids, groups or splits of it, so "
                        + "that folds would differ.", "Give both the same tasks over the same ids in the same order.")
            }
            for layer in layers {
                let own = twin.layers.first { $0.index == layer.index }
                if own?.width != layer.width || own?.tokens != layer.tokens {
                    refuse(
                        "lacks layer \(layer.index) of \(set.name), or has it with another width or other tokens.",
                        "Extract the same layers of the same architecture.")
                } else if own?.digest == layer.digest {
                    refuse(
                        "has the same tokens in layer \(layer.index) as \(set.name).",
                        "Name features that were extracted with --random-weights SEED.")
                }
            }
        }
        return problems.count == known
    }
}

extension PlannedUnits.Head.Identity {
    /// The same on an untrained set, with seeds that no other untrained set has. They follow from the set alone: neither
    /// the order of the sets nor the number of seeds changes them.
    ///
    /// - Parameter weights: The seed of the backbone's weights.
    fileprivate func onUntrained(weights: Int) -> PlannedUnits.Head.Identity {
        var identity = self
        (identity.control, identity.seed) = (.randomWeights, seed + weights * SweepDefaults.mostSeeds)
        return identity
    }
}
