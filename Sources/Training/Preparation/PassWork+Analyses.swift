import Attention
import Features
package import Identities
import Probes
import Units

/// Which units of a lease wait for each unit that its pass trains: the unit itself, or analyses of its head, or both.
package struct WaitingUnits: Sendable {
    /// Of units that are analysed; all others wait for themselves alone.
    private let waiting: [UnitKey: [ProbeUnit]]
    /// What is trained, each once.
    let trained: [ProbeUnit]

    init(_ units: [ProbeUnit]) {
        guard units.contains(where: { $0.analysis != nil }) else {
            (waiting, trained) = ([:], units)
            return
        }
        var (waiting, trained) = ([UnitKey: [ProbeUnit]](), [ProbeUnit]())
        for unit in units {
            let key = unit.trained.key
            if waiting[key] == nil { trained.append(unit.trained) }
            waiting[key, default: []].append(unit)
        }
        (self.waiting, self.trained) = (waiting, trained)
    }

    /// The keys of those that wait for a trained unit.
    package func keys(waitingFor trained: UnitKey) -> [UnitKey] { waiting[trained]?.map(\.key) ?? [trained] }

    /// The analyses that wait for a trained unit, and whether it waits for itself.
    fileprivate func units(waitingFor trained: UnitKey) -> (analyses: [ProbeUnit], isWanted: Bool) {
        guard let units = waiting[trained] else { return ([], true) }
        return (units.filter { $0.analysis != nil }, units.contains { $0.analysis == nil })
    }
}

extension PassWork {
    /// What a trained unit's outcome is to the units of the lease that wait for it: its result, and those of the analyses
    /// of its head.
    ///
    /// - Parameter settings: Of the pass that trained it.
    package func outcomes(of outcome: TrainingOutcome, _ settings: PassSettings) -> [TrainingOutcome] {
        let (analyses, isWanted) = waiting.units(waitingFor: outcome.key)
        return (isWanted ? [outcome] : []) + analyses.map { analysis(of: outcome, $0, settings) }
    }

    private func analysis(
        of outcome: TrainingOutcome, _ unit: ProbeUnit, _ settings: PassSettings
    ) -> TrainingOutcome {
        switch outcome {
        case .failed(_, let error): return .failed(unit.key, error)
        case .trained(var trained):
            do throws(TrainingError) {
                trained.result.attention = try findings(on: trained, unit, settings)
                trained.result.key = unit.key
                return .trained(trained)
            } catch {
                return .failed(unit.key, error)
            }
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
        return try AttentionFindings.make(
            reader, unit.trained, task.taught(for: unit.task), trained.predictions,
            memory: settings.memoryBudget / 4, regions: try regions(of: unit))
    }

    /// The boxes or masks that a unit's maps are held against; nil for none.
    private func regions(of unit: ProbeUnit) throws(TrainingError) -> SampleRegions? {
        guard let digest = unit.analysis?.regions else { return nil }
        func refused(_ problem: String) -> TrainingError {
            TrainingError(
                field: "analysis.regions", problem: problem,
                remedy: "restore the boxes or masks that the analysis was asked for with, or ask again")
        }
        let found: SampleRegions?
        do throws(FeatureError) {
            found = try set.regions()
        } catch {
            throw refused("\(error)")
        }
        guard let found, found.digest == digest else {
            throw refused("the feature set in \(set.folder) has \(found == nil ? "no" : "other") boxes or masks")
        }
        return found
    }
}
