import Features
public import Foundation
public import Logging
public import Numerics
public import Scheduling
import Sweeps
import Synchronization
import Training

/// Trains leases one after the other on a thread of its own, and reports the outcomes of their units.
public final class PassRunner: PassTrainer {
    /// How a worker may use its machine.
    public struct Configuration: Sendable {
        public var threads: Int
        public var kernel: KernelPath
        /// Bytes of memory that the process may hold, mapped tokens not counted.
        public var memoryBudget: Int
        /// Folders below which feature sets are looked for, besides where the client saw them.
        public var featureRoots: [String]

        public init(threads: Int, kernel: KernelPath, memoryBudget: Int, featureRoots: [String]) {
            self.threads = threads
            self.kernel = kernel
            self.memoryBudget = memoryBudget
            self.featureRoots = featureRoots
        }
    }

    private struct Job: Sendable {
        let lease: Lease
        let forms: [UnitDigest: Data]
        let folder: String
        let keepsPredictions: Bool
    }

    private let configuration: Configuration
    private let identity: WorkerIdentity
    private let checkpoints: CheckpointStore?
    private let tell: @Sendable (Worker.Event) -> Void
    private let jobs = EventQueue<Job>()
    private let unwanted = Mutex<Unwanted>(Unwanted())

    /// - Parameter checkpoints: where passes are saved at the ends of epochs; nil if a killed pass is to start over.
    public init(
        _ configuration: Configuration, identity: WorkerIdentity, checkpoints: CheckpointFolder?, logger: Logger,
        tell: @escaping @Sendable (Worker.Event) -> Void
    ) {
        self.configuration = configuration
        self.identity = identity
        self.checkpoints = checkpoints?.store(logger)
        self.tell = tell
        let thread = Thread { [self] in
            var locator = FeatureLocator(roots: configuration.featureRoots)
            while true {
                for job in jobs.takeAll(within: 3_600_000_000_000) { train(job, &locator) }
            }
        }
        thread.name = "pass"
        // Batch loops of large passes keep their bookkeeping on the stack; the default for secondary threads is small.
        thread.stackSize = 16 << 20
        thread.start()
    }

    public func start(_ lease: Lease, forms: [UnitDigest: Data], folder: String, keepsPredictions: Bool) {
        jobs.post(Job(lease: lease, forms: forms, folder: folder, keepsPredictions: keepsPredictions))
    }

    /// Takes effect at the next batch.
    public func cancel(_ units: [UnitDigest], of attempt: Attempt) {
        unwanted.withLock { $0.units[attempt, default: []].formUnion(units) }
    }

    /// Takes effect at the next batch.
    public func abandon(_ attempt: Attempt) {
        unwanted.withLock { _ = $0.passes.insert(attempt) }
    }

    private func train(_ job: Job, _ locator: inout FeatureLocator) {
        let attempt = job.lease.attempt
        defer { unwanted.withLock { $0.forget(attempt) } }
        do {
            let work = try PassWork(job.forms, folder: job.folder, &locator)
            if !work.refused.isEmpty {
                tell(.unitsEnded(work.refused.map { UnitReport(unit: $0, attempt: attempt, outcome: .failed($1)) }))
            }
            let kernel = work.kernel ?? configuration.kernel
            let provenance = Provenance(
                programVersion: identity.programVersion, kernelPath: kernel.rawValue, host: identity.host,
                worker: identity.name, threads: configuration.threads, blasThreads: 1, attempt: attempt.number,
                seconds: 0)
            ProcessMemory.returnFreed()
            let pass = work.pass(
                PassSettings(
                    threads: configuration.threads, kernel: kernel, memoryBudget: configuration.memoryBudget,
                    memoryHeld: ProcessMemory.anonymous, provenance: provenance))
            pass.run(observer(of: attempt, keepsPredictions: job.keepsPredictions), checkpoints: checkpoints)
            tell(.passEnded(attempt, reason: nil))
        } catch {
            tell(.passEnded(attempt, reason: "\(error)"))
        }
    }

    private func observer(of attempt: Attempt, keepsPredictions: Bool) -> PassObserver {
        PassObserver(
            finished: { [tell] outcome in
                guard let report = UnitReport(outcome, attempt, keepsPredictions: keepsPredictions) else { return }
                tell(.unitsEnded([report]))
            },
            progressed: { [tell] share in tell(.progressed(attempt, share)) },
            isCancelled: { [self] key in
                unwanted.withLock { $0.contains(key, of: attempt) }
            })
    }
}

/// What was cancelled.
private struct Unwanted {
    var passes: Set<Attempt> = []
    var units: [Attempt: Set<UnitDigest>] = [:]

    func contains(_ key: UnitKey, of attempt: Attempt) -> Bool {
        if passes.contains(attempt) { return true }
        guard let units = units[attempt], let digest = UnitDigest(bytes: key.digest) else { return false }
        return units.contains(digest)
    }

    mutating func forget(_ attempt: Attempt) {
        passes.remove(attempt)
        units[attempt] = nil
    }
}

extension UnitReport {
    fileprivate init?(_ outcome: Training.UnitOutcome, _ attempt: Attempt, keepsPredictions: Bool) {
        guard let unit = UnitDigest(bytes: outcome.key.digest) else { return nil }
        switch outcome {
        case .failed(_, let error):
            self.init(unit: unit, attempt: attempt, outcome: .failed("\(error)"))
        case .trained(let trained):
            guard let result = try? JSONEncoder().encode(trained.result) else {
                let reason = "the result holds a number that is not finite"
                self.init(unit: unit, attempt: attempt, outcome: .failed(reason))
                return
            }
            // Planning refuses tasks whose folds are that large; without its predictions the result still counts.
            let predictions = keepsPredictions ? trained.predictions.encoded : Data()
            let isSent = keepsPredictions && predictions.count <= ResultPayload.mostPredictionBytes
            let payload = ResultPayload(result: result, predictions: isSent ? predictions : nil)
            self.init(
                unit: unit, attempt: attempt, outcome: .finished(Array(payload.bytes)),
                seconds: trained.result.provenance.seconds)
        }
    }
}
