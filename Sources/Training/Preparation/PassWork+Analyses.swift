import Attention
import Features
package import Identities
import Probes
import Units

/// Which units of a lease wait for each unit that its pass trains: the unit itself, or analyses of its head, or both.
package struct WaitingUnits: Sendable {
    /// Those that wait for one trained unit. Their keys are made once: a pass asks for them at every step, and each takes
    /// a digest of the unit's form.
    fileprivate struct Waiting: Sendable {
        var keys: [UnitKey] = []
        var analyses: [(key: UnitKey, unit: ProbeUnit)] = []
        /// Whether the trained unit waits for itself.
        var isWanted = false
    }

    /// Of units that are analysed; all others wait for themselves alone.
    private let waiting: [UnitKey: Waiting]
    /// What is trained, each once.
    let trained: [ProbeUnit]

    init(_ units: [ProbeUnit]) {
        guard units.contains(where: { $0.analysis != nil }) else {
            (waiting, trained) = ([:], units)
            return
        }
        var (waiting, trained) = ([UnitKey: Waiting](), [ProbeUnit]())
        for unit in units {
            let key = unit.trained.key
            if waiting[key] == nil { trained.append(unit.trained) }
            waiting[key, default: Waiting()].add(unit)
        }
        (self.waiting, self.trained) = (waiting, trained)
    }

    /// The keys of those that wait for a trained unit.
    package func keys(waitingFor trained: UnitKey) -> [UnitKey] { waiting[trained]?.keys ?? [trained] }

    /// Everything that is analysed.
    var analyses: [ProbeUnit] { waiting.values.flatMap { $0.analyses.map(\.unit) } }

    fileprivate func units(waitingFor trained: UnitKey) -> Waiting {
        waiting[trained] ?? Waiting(keys: [trained], isWanted: true)
    }
}

extension WaitingUnits.Waiting {
    fileprivate mutating func add(_ unit: ProbeUnit) {
        let key = unit.key
        keys.append(key)
        if unit.analysis == nil { isWanted = true } else { analyses.append((key, unit)) }
    }
}

extension PassWork {
    /// What a trained unit's outcome is to the units of the lease that wait for it: its result, and those of the analyses
    /// of its head.
    ///
    /// - Parameters:
    ///   - settings: What the pass was asked for with.
    ///   - reached: Is told of each analysis, in words, before it is made.
    ///   - isCancelled: Whether a unit is no longer wanted. Asked before each analysis; one that was cancelled has no
    ///     outcome.
    package func outcomes(
        of outcome: TrainingOutcome, _ settings: PassSettings, reached: (String) -> Void = { _ in },
        isCancelled: (UnitKey) -> Bool = { _ in false }
    ) -> [TrainingOutcome] {
        let outcome = namingWholeBudget(outcome, settings)
        let waiting = waiting.units(waitingFor: outcome.key)
        var outcomes = waiting.isWanted ? [outcome] : []
        for (key, unit) in waiting.analyses where !isCancelled(key) {
            reached("the analysis of unit \(key)")
            outcomes.append(analysis(of: outcome, key, unit, settings))
        }
        return outcomes
    }

    /// Of a unit that did not fit beside an analysis, the smallest budget in which both do.
    private func namingWholeBudget(_ outcome: TrainingOutcome, _ settings: PassSettings) -> TrainingOutcome {
        guard case .failed(let key, let error) = outcome, let smallest = error.smallestBudget else { return outcome }
        let analysis = analysisFootprint(threads: settings.threads)
        let alone = smallest - analysis.bytes(within: settings.memoryBudget)
        return .failed(key, TrainingError(budget: settings.memoryBudget, smallest: analysis.budget(leaving: alone)))
    }

    /// The memory of the largest analysis.
    func analysisFootprint(threads: Int) -> AnalysisFootprint {
        /// What an analysis' memory depends on.
        struct Demand: Hashable {
            let probe: ProbeConfiguration
            let task: TaskReference
            let folds: Int
        }
        var largest = AnalysisFootprint()
        var known: Set<Demand> = []
        for unit in waiting.analyses {
            guard known.insert(Demand(probe: unit.probe, task: unit.task, folds: unit.fold.count)).inserted,
                let footprint = analysisFootprint(of: unit, threads: threads)
            else { continue }
            largest.cover(footprint)
        }
        return largest
    }

    private func analysisFootprint(of unit: ProbeUnit, threads: Int) -> AnalysisFootprint? {
        guard let task = tasks[unit.task.nameInPass] else { return nil }
        let sizes = FoldSizes(samples: task.samples.count, count: unit.fold.count, selection: unit.solver.selection)
        return AnalysisFootprint(unit, rows: Int(sizes.test.rounded(.up)), layer, threads: threads)
    }

    private func analysis(
        of outcome: TrainingOutcome, _ key: UnitKey, _ unit: ProbeUnit, _ settings: PassSettings
    ) -> TrainingOutcome {
        switch outcome {
        case .failed(_, let error): return .failed(key, error)
        case .trained(var trained):
            let start = ContinuousClock.now
            do throws(TrainingError) {
                trained.result.attention = try findings(on: trained, unit, settings)
            } catch {
                return .failed(key, error)
            }
            trained.result.key = key
            trained.result.provenance.seconds += (ContinuousClock.now - start) / .seconds(1)
            return .trained(trained)
        }
    }

    private func findings(
        on trained: TrainedUnit, _ unit: ProbeUnit, _ settings: PassSettings
    ) throws(TrainingError) -> AttentionFindings {
        guard let head = trained.head, let task = tasks[unit.task.nameInPass] else {
            throw TrainingError(
                field: "analysis", problem: "\(unit.probe.type) leaves no head", remedy: "analyse another probe")
        }
        let reader: AttentionReader
        do {
            let predictor = try HeadPredictor(
                HeadFile(head, HeadDescription(unit.trained, classNames: nil)), layer: layer,
                index: unit.features.layer, earlierLayers: earlierLayers, levels: levels, threads: settings.threads,
                on: settings.kernel)
            reader = try AttentionReader(predictor)
        } catch {
            throw TrainingError(field: "analysis", problem: "\(error)", remedy: "analyse another probe")
        }
        let footprint = analysisFootprint(of: unit, threads: settings.threads)
        return try AttentionFindings.make(
            reader, unit.trained, task.taught(for: unit.task), trained.predictions,
            memory: footprint?.logits(within: settings.memoryBudget) ?? settings.memoryBudget / 4,
            regions: try regions(of: unit))
    }

    /// The boxes or masks that a unit's maps are held against; nil for none.
    private func regions(of unit: ProbeUnit) throws(TrainingError) -> SampleRegions? {
        guard let digest = unit.analysis?.regions else { return nil }
        func refused(_ problem: String) -> TrainingError {
            TrainingError(
                field: "analysis.regions", problem: problem,
                remedy: "restore the boxes or masks that the analysis was asked for with, or ask again")
        }
        switch regions {
        case .failure(let error)?: throw refused("\(error)")
        case .success(let found?)? where found.digest == digest: return found
        case .success(let found)?:
            throw refused("the feature set in \(set.folder) has \(found == nil ? "no" : "other") boxes or masks")
        case nil: throw refused("the feature set in \(set.folder) has no boxes or masks")
        }
    }
}
