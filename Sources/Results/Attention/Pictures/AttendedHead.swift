import Features
import Identities
import Numerics
import Probes
import Training
import Units

/// A head that was trained again, gave the ledger's result, and whose maps can be read.
struct AttendedHead {
    let unit: ProbeUnit
    let reader: AttentionReader
    let task: FeatureTask
    /// Of the test fold.
    let predictions: Predictions
    let layer: LayerTokens
}

/// The training of one unit again, on the kernel path of its result.
struct AttentionPass {
    let work: PassWork
    let kernel: KernelPath

    /// - Parameter folders: Where clients saw the features.
    init(_ selected: SelectedUnit, folders: [String], _ locator: inout FeatureLocator) throws {
        let key = selected.name.key
        guard let kernel = KernelPath(rawValue: selected.path), KernelPath.available.contains(kernel) else {
            throw HeadExportError.otherKernel(key, selected.path)
        }
        self.kernel = kernel
        work = try PassWork([key: selected.unit.canonicalForm.bytes], folders: folders, &locator)
        if let fault = work.unreadable.first { throw AttentionError.failed(key, fault.reason) }
    }
}

extension AttentionPass {
    /// - Throws: `HeadExportError.otherResult` for a head that does not score what the ledger has; `AttentionError`.
    func head(
        of selected: SelectedUnit, _ outcome: TrainingOutcome, _ settings: HeadExport.Settings
    ) throws -> AttendedHead {
        let (unit, key) = (selected.unit, selected.name.key)
        guard case .trained(let trained) = outcome else {
            if case .failed(_, let error) = outcome { throw error }
            throw AttentionError.failed(key, "it was not trained")
        }
        try trained.result.checkFinding(against: selected.result, metric: unit.task.metric)
        guard let head = trained.head, let task = work.tasks[unit.task.nameInPass] else {
            throw HeadExportError.noHead(key, probe: unit.probe.type)
        }
        let predictor = try HeadPredictor(
            HeadFile(head, HeadDescription(unit, classNames: nil)), layer: work.layer,
            index: unit.features.layer, earlierLayers: work.earlierLayers, levels: work.levels,
            threads: settings.threads, on: kernel)
        return AttendedHead(
            unit: unit, reader: try AttentionReader(predictor), task: task.taught(for: unit.task),
            predictions: trained.predictions,
            layer: work.layer)
    }
}
