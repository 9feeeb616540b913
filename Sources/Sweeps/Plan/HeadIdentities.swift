import Probes
import Training
import Units

// Every way in which the heads of a probe entry are trained: protocols, amounts and draws of shots, seeds, controls.

extension SweepSpecification {
    /// Every head of a probe entry, found by one method: its configurations under each protocol, with each amount of
    /// shots, each draw and each seed; then the same on permuted labels and on random labels of types, where the sweep
    /// asks for these controls.
    ///
    /// - Parameter hasTypes: Whether the task has types.
    func identities(
        of axes: ProbeAxes, by method: any TrainingMethod, width: Int, _ blocks: [String: FollowingBlocks],
        hasTypes: Bool
    ) -> [PlannedUnits.Head.Identity] {
        let configurations = axes.configurations(width: width, blocks)
        guard type(of: method).usesTrainingRows else {
            let solver = Solver(method, selection: .standard)
            return configurations.map { PlannedUnits.Head.Identity(probe: $0, solver: solver) }
        }
        let trained = configurations.flatMap { probe in
            amounts.flatMap { shots in
                ways(of: method, shots).flatMap { solver in
                    seeds(of: method).map {
                        PlannedUnits.Head.Identity(probe: probe, solver: solver, shots: shots, seed: $0)
                    }
                }
            }
        }
        let compared = trained.filter { isCompared($0.solver.selection) }
        return trained + (controls.contains(.null) ? compared.map { $0.controlled(by: .null, seed: seed) } : [])
            + (controls.contains(.types) && hasTypes ? compared.map { $0.controlled(by: .types, seed: seed) } : [])
    }

    /// The prediction of the training rows' classes alone, once for each amount of shots and each draw.
    ///
    /// - Parameter hasPatches: Whether the layer has tokens beside the class token.
    func priors(hasPatches: Bool) -> [PlannedUnits.Head.Identity] {
        guard controls.contains(.majority) else { return [] }
        let options: [String: [OptionValue]] = ["input": [.text(hasPatches ? "mean" : "class")]]
        let probe = ProbeAxes(type: LinearProbe.name, options: options, methods: []).configurations(width: 1)[0]
        return amounts.flatMap { shots in
            ways(of: PriorSettings.standard, shots).filter { isCompared($0.selection) }.map {
                PlannedUnits.Head.Identity(probe: probe, solver: $0, shots: shots, control: .majority)
            }
        }
    }

    /// Whether controls stand beside heads that are chosen so: beside honest ones, and where there are none beside those
    /// that the test fold chose.
    func isCompared(_ selection: SelectionSettings) -> Bool { `protocol` == .published || !selection.isOptimistic }

    /// Draws of an amount of shots.
    func draws(of shots: Shots) -> Int { draws ?? SweepDefaults.draws(of: shots) }

    /// Every amount of shots, in each of its draws.
    private var amounts: [Shots?] {
        shots.flatMap { amount -> [Shots?] in
            guard var amount else { return [nil] }
            let hasMore = drawsExtraShots && amount.perClass != nil && `protocol` != .published
            amount.validation = hasMore ? "extra" : nil
            return (0..<draws(of: amount)).map { amount.numbered($0) }
        }
    }

    private func seeds(of method: any TrainingMethod) -> [Int] {
        // What draws nothing has one result, whatever the seed.
        type(of: method).usesSeed ? (0..<seeds).map { seed + $0 } : [0]
    }

    /// How heads are found and chosen, once for each requested protocol.
    private func ways(of method: any TrainingMethod, _ shots: Shots?) -> [Solver] {
        let weights = type(of: method).weighsClasses ? classWeights : nil
        let (method, selection) = honest(method, shots)
        switch `protocol` {
        case .inner: return [Solver(method, selection: selection, classWeights: weights)]
        case .published:
            return [Solver(method.unextended, selection: published, classWeights: weights)]
        case .both:
            // Along the same trajectories there are the same candidates: none that the test fold alone would ask for.
            var paired = selection
            (paired.protocol, paired.by) = ("paired", nil)
            // Where no rows are held back there are no more rows to train on.
            let holdsBack = !selection.testsWholeFold && selection.fraction > 0
            let selections = [selection, paired] + (holdsBack ? [published] : [])
            return selections.map { Solver(method.unextended, selection: $0, classWeights: weights) }
        }
    }

    /// Nothing is held back where the test fold chooses.
    private var published: SelectionSettings {
        SelectionSettings(fraction: 0, refit: false, protocol: "published", epoch: selection.epoch)
    }

    /// What chooses inside the training fold. Of k samples of a class, inner folds choose where k is at least 4, and
    /// fewer choose nothing: the middle candidate is taken as it is after the last epoch.
    private func honest(
        _ method: any TrainingMethod, _ shots: Shots?
    ) -> (method: any TrainingMethod, selection: SelectionSettings) {
        guard let perClass = shots?.perClass, shots?.validation == nil else { return (method, selection) }
        if perClass < SweepDefaults.leastShotsToChooseBy {
            return (method.fixed, SelectionSettings(fraction: 0, refit: false, epoch: "last"))
        }
        var inner = selection
        inner.fraction = 0
        inner.refit = true
        inner.folds = min(perClass, selection.folds ?? SweepDefaults.innerFolds)
        return (method, inner)
    }
}

extension PlannedUnits.Head.Identity {
    /// The same on other labels.
    fileprivate func controlled(by control: Control, seed: Int) -> PlannedUnits.Head.Identity {
        var identity = self
        (identity.control, identity.permutation) = (control, seed)
        return identity
    }

    /// The same with attention frozen at the uniform distribution; nil for controls.
    var attendingUniformly: PlannedUnits.Head.Identity? {
        guard control == nil else { return nil }
        var identity = self
        identity.control = .uniform
        return identity
    }

    /// What is the same in all draws and seeds.
    var withoutDraw: PlannedUnits.Head.Identity {
        var identity = self
        (identity.shots, identity.seed) = (shots?.numbered(0), 0)
        return identity
    }
}
