import Foundation
import Identities
package import Ledger
import Numerics
import Probes
import Training
import Units

/// Analyses what trained heads of a sweep attend to: trains them again, reads their maps, and evaluates them with maps
/// replaced.
///
/// Heads are trained on this machine, those of one layer in one pass, each on the kernel path of its result, which it
/// must give again to the last bit.
package struct AttentionAnalysis {
    /// Why cells of the selection are left out, a line for each reason.
    package let leftOut: [String]
    /// Units that will be trained again.
    package var units: Int { passes.reduce(0) { $0 + $1.units.count } }
    /// Passes over a layer that this takes.
    package var passCount: Int { passes.count }
    private let passes: [AttentionPass]
    private let settings: HeadExport.Settings

    /// Finds the units and their features; trains nothing.
    ///
    /// - Parameters:
    ///   - sweep: The sweep's name or number.
    ///   - selection: Of its table's rows.
    /// - Throws: `AttentionError.nothing`; `SelectionError`; a ledger, feature or work error if the sweep or its features
    ///   cannot be read.
    package init(
        _ sweep: String, _ selection: RowSelection, in ledger: any SweepReader, settings: HeadExport.Settings
    ) throws {
        self.settings = settings
        var cells = AttentionCells()
        let record = try ledger.find(sweep)
        let stored = try StoredResults(of: record, in: ledger)
        for row in try SweepTable.make(sweep, in: ledger, against: .parameters).selecting(selection).blocks.flatMap(
            \.rows)
        {
            try cells.add(row, of: record, stored, in: ledger)
        }
        leftOut = cells.reasons
        guard !cells.units.isEmpty else { throw AttentionError.nothing(sweep: record.name, cells.reasons) }
        var locator = FeatureLocator(roots: settings.featureRoots)
        let folders = Set(try ledger.passes(of: record.id).map(\.folder)).sorted()
        passes = try cells.grouped.map { try AttentionPass($0, folders: folders, &locator) }
    }

    /// Seconds that training is predicted to take, each unit as if it were alone, on a machine of a speed relative to the
    /// reference machine. Reading maps and ablations come on top.
    package func predictedSeconds(speed: Double) -> Double {
        passes.reduce(0) { $0 + $1.work.predictedSeconds(speed: speed).values.reduce(0, +) }
    }

    /// A duration in words.
    package static func words(seconds: Double) -> String { NumberFormat.duration(seconds) }

    /// Analyses unit after unit.
    ///
    /// - Parameters:
    ///   - begin: Gets the number of units of each pass before it is trained.
    ///   - finish: Gets each unit's findings as soon as they are there.
    /// - Throws: `HeadExportError.otherResult` for a head that does not score what the ledger has; `AttentionError`.
    package func run(begin: (Int) -> Void = { _ in }, finish: (UnitAttention) throws -> Void) throws {
        for pass in passes {
            begin(pass.units.count)
            let outcomes = try settings.train(pass.work, on: pass.kernel)
            for unit in pass.units {
                guard let outcome = outcomes.first(where: { $0.key == unit.name.key }) else { continue }
                try finish(try analyse(unit, outcome, pass))
            }
        }
    }

    private func analyse(
        _ selected: SelectedUnit, _ outcome: TrainingOutcome, _ pass: AttentionPass
    ) throws -> UnitAttention {
        let (unit, key) = (selected.unit, selected.name.key)
        guard case .trained(let trained) = outcome else {
            if case .failed(_, let error) = outcome { throw error }
            throw AttentionError.failed(key, "it was not trained")
        }
        guard trained.result.isSameFinding(as: selected.result) else {
            throw HeadExportError.otherResult(
                key, metric: unit.task.metric, ledger: selected.result.metrics[unit.task.metric],
                here: trained.result.metrics[unit.task.metric],
                version: selected.result.provenance.programVersion)
        }
        guard let head = trained.head, let task = pass.work.tasks[unit.task.nameInPass] else {
            throw HeadExportError.noHead(key, probe: unit.probe.type)
        }
        let predictor = try HeadPredictor(
            HeadFile(head, HeadDescription(unit, classNames: nil)), layer: pass.work.layer,
            index: unit.features.layer, earlierLayers: pass.work.earlierLayers, levels: pass.work.levels,
            threads: settings.threads, on: pass.kernel)
        return try UnitAttention.make(
            selected.name, try AttentionReader(predictor), unit, task, trained.predictions,
            memory: settings.memoryBudget / 4)
    }
}
