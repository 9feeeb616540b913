import Features
import Foundation
package import Identities
package import Ledger
import Numerics
import Probes
import Scheduling
import Sweeps
import Synchronization
package import Training
import Units

/// Trains the head of a stored result again, for export.
///
/// Training is deterministic, so heads are not stored: the unit is trained again on the kernel path of the stored
/// result, and its metrics must match that result bit for bit.
package struct HeadExport {
    /// How the unit may be trained. None of it changes the head.
    package struct Settings: Sendable {
        package var threads: Int
        /// Bytes of memory that the process may hold, mapped tokens not counted.
        package var memoryBudget: Int
        /// Folders below which feature sets are looked for, besides where the sweep's client saw them.
        package var featureRoots: [String]
        package var programVersion: String

        package init(threads: Int, memoryBudget: Int, featureRoots: [String], programVersion: String) {
            self.threads = threads
            self.memoryBudget = memoryBudget
            self.featureRoots = featureRoots
            self.programVersion = programVersion
        }
    }

    private let ledger: any SweepReader
    private let settings: Settings

    package init(_ ledger: any SweepReader, settings: Settings) {
        self.ledger = ledger
        self.settings = settings
    }

    /// Trains the head of one unit of a sweep.
    ///
    /// - Parameters:
    ///   - sweep: The sweep's name or number.
    ///   - unit: The unit's key, or a prefix that is unique within the sweep.
    /// - Throws: `HeadExportError`; `UnreadableResult`; a ledger, feature or work error if the sweep or its features
    ///   cannot be read.
    package func head(of unit: String, in sweep: String) throws -> HeadFile {
        let row = try row(unit, in: sweep)
        let found = try JSONDecoder.ofUnits().decode(ProbeUnit.self, from: Data(row.canonicalForm.bytes))
        guard let payload = row.payload else { throw HeadExportError.unfinished(row.key, row.quarantine) }
        guard found.hasHead else { throw HeadExportError.noHead(row.key, probe: found.probe.type) }
        let result = try StoredResults(of: try ledger.find(sweep), in: ledger)
            .read(payload, of: row.key, layer: found.features.digest).get()
        guard let kernel = KernelPath(rawValue: result.provenance.kernelPath), KernelPath.available.contains(kernel)
        else { throw HeadExportError.otherKernel(row.key, result.provenance.kernelPath) }

        let work = try work(row, in: sweep)
        let trained = try train(work, on: kernel)
        try trained.result.checkFinding(against: result, metric: found.task.metric)
        guard let head = trained.head else { throw HeadExportError.noHead(row.key, probe: found.probe.type) }
        var description = HeadDescription(found, classNames: work.tasks[found.task.nameInPass]?.classNames)
        description.kernel = kernel.rawValue
        description.hasClassToken = work.layer.hasClassToken
        description.registers = work.layer.registers
        return HeadFile(head, description)
    }

    private func row(_ unit: String, in sweep: String) throws -> SweepRow {
        let record = try ledger.find(sweep)
        let found = try ledger.cells(beginning: unit, of: record)
        guard let row = found.row else {
            throw HeadExportError.unknownUnit(unit, sweep: record.name, matches: found.count)
        }
        return row
    }

    /// The unit with its features, looked for first where the sweep's client saw them.
    private func work(_ row: SweepRow, in sweep: String) throws -> PassWork {
        let record = try ledger.find(sweep)
        var locator = FeatureLocator(roots: settings.featureRoots)
        let folders = Set(try ledger.passes(of: record.id).map(\.folder)).sorted()
        let work = try PassWork([row.key: row.canonicalForm.bytes], folders: folders, &locator)
        if let reason = work.unreadable.first?.reason { throw HeadExportError.refused(row.key, reason) }
        return work
    }

    private func train(_ work: PassWork, on kernel: KernelPath) throws -> TrainedUnit {
        switch try settings.train(work, on: kernel).first {
        case .trained(let unit)?: return unit
        case .failed(_, let error)?: throw error
        case nil: preconditionFailure("a pass finishes every unit that nobody cancels")
        }
    }
}

extension HeadExport.Settings {
    /// Trains units of one layer in a pass.
    func train(_ work: PassWork, on kernel: KernelPath) throws -> [TrainingOutcome] {
        let provenance = Provenance(
            programVersion: programVersion, kernelPath: kernel.rawValue, host: "", worker: "",
            threads: threads, blasThreads: 1, attempt: 0, seconds: 0)
        let pass = work.pass(
            PassSettings(
                threads: threads, kernel: kernel, memoryBudget: memoryBudget,
                memoryHeld: ProcessMemory.anonymous, provenance: provenance))
        let outcomes = Mutex<[TrainingOutcome]>([])
        try pass.run(PassObserver(finished: { finished in outcomes.withLock { $0.append(finished) } }))
        return outcomes.withLock { $0 }
    }
}

extension ProbeUnit {
    /// k-NN keeps its training samples and zero-shot the class embeddings; neither has a head to export.
    var hasHead: Bool { type(of: solver.method).leavesHead && control == nil }
}

extension UnitResult {
    /// Checks that training again has found what the ledger has, in all that training determines: neither keys nor
    /// provenance are compared.
    ///
    /// - Parameter metric: The task's, which the error shows.
    /// - Throws: `HeadExportError.otherResult` otherwise.
    func checkFinding(against stored: UnitResult, metric: String) throws(HeadExportError) {
        guard metrics == stored.metrics, choice == stored.choice, candidateScores == stored.candidateScores else {
            throw .otherResult(
                stored.key, metric: metric, ledger: stored.metrics[metric], here: metrics[metric],
                version: stored.provenance.programVersion)
        }
    }
}

/// Why a unit's head cannot be exported.
package enum HeadExportError: Error, Equatable, CustomStringConvertible {
    case unknownUnit(String, sweep: String, matches: Int)
    case unfinished(UnitKey, String?)
    case noHead(UnitKey, probe: String)
    case refused(UnitKey, String)
    case otherKernel(UnitKey, String)
    case otherResult(UnitKey, metric: String, ledger: Double?, here: Double?, version: String)

    package var description: String {
        switch self {
        case .unknownUnit(let unit, let sweep, let matches):
            """
            --unit \(unit) matches \(matches == 0 ? "no key" : "\(matches) keys") of sweep \(sweep); \
            probesweep table \(sweep) --format json lists the keys
            """
        case .unfinished(let key, let quarantine):
            """
            unit \(key) has no result: \(quarantine ?? "it is not trained yet"); export another one, or finish the sweep
            """
        case .noHead(let key, let probe):
            "unit \(key) has probe \(probe), which trains no head; export a unit of another probe"
        case .refused(let key, let reason): "unit \(key) cannot be trained here: \(reason)"
        case .otherKernel(let key, let kernel):
            """
            unit \(key) was trained on kernel path \(kernel), which this machine cannot run (it can run \
            \(KernelPath.available.map(\.rawValue).joined(separator: ", "))); export on a machine like the worker's, \
            or pin the sweep to kernel: portable
            """
        case .otherResult(let key, let metric, let ledger, let here, let version):
            """
            unit \(key) has \(metric) \(ledger.map { "\($0)" } ?? "–") in the ledger, trained by version \(version), \
            but \(here.map { "\($0)" } ?? "–") here; export with the version that trained it
            """
        }
    }
}
