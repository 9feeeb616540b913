import Features
import Foundation
package import Identities
package import Logging
package import Numerics
package import Scheduling
import Sweeps
import Synchronization
import Training
import Transport
import Units

/// Trains leases one after the other on a thread of its own, and reports the outcomes of their units.
package final class PassRunner: PassTrainer {
    /// How a worker may use its machine.
    package struct Configuration: Sendable {
        package var threads: Int
        /// The processor that each thread keeps to; none for wherever the system puts it.
        package var processors: [Int]
        package var kernel: KernelPath
        /// Bytes of memory that the process may hold, mapped tokens not counted.
        package var memoryBudget: Int
        /// Folders below which feature sets are looked for, besides where the client saw them.
        package var featureRoots: [String]
        /// Its speed relative to the machine that costs are predicted for, to tell passes that are stuck.
        package var speed: Double

        package init(
            threads: Int, processors: [Int] = [], kernel: KernelPath, memoryBudget: Int, featureRoots: [String],
            speed: Double = 1
        ) {
            self.threads = threads
            self.processors = processors
            self.kernel = kernel
            self.memoryBudget = memoryBudget
            self.featureRoots = featureRoots
            self.speed = speed
        }
    }

    private struct Job: Sendable {
        let lease: Lease
        let content: LeaseContent
    }

    private let configuration: Configuration
    private let identity: WorkerIdentity
    private let checkpoints: CheckpointFolder?
    private let logger: Logger
    private let tell: @Sendable (Worker.Event) -> Void
    private let jobs = EventQueue<Job>()
    private let inputs: InputWatch
    private let cancelled = Mutex<CancelledUnits>(CancelledUnits())
    /// On the pass in training.
    private let watch = Mutex<PassWatch?>(nil)
    private let watched = Mutex<Attempt?>(nil)

    /// - Parameter checkpoints: where passes are saved at the ends of epochs; nil if a killed pass is to start over.
    package init(
        _ configuration: Configuration, identity: WorkerIdentity, checkpoints: CheckpointFolder?, logger: Logger,
        tell: @escaping @Sendable (Worker.Event) -> Void
    ) {
        self.configuration = configuration
        self.identity = identity
        self.checkpoints = checkpoints
        self.logger = logger
        self.tell = tell
        inputs = InputWatch(roots: configuration.featureRoots, logger: logger, tell: tell)
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
        let watcher = Thread { [self] in
            while true {
                Thread.sleep(forTimeInterval: 30)
                report(watch.withLock { $0?.finding(at: .now) })
                tellWhetherStuck()
            }
        }
        watcher.name = "watch"
        watcher.start()
    }

    private func tellWhetherStuck() {
        guard let attempt = watched.withLock({ $0 }) else { return }
        tell(.stuck(attempt, reason: watch.withLock { $0?.state(at: .now)?.text }))
    }

    /// Nothing is done about a pass that is stuck: whether it is stuck, or only slow, a program cannot tell.
    private func report(_ finding: PassWatch.Finding?) {
        guard let finding else { return }
        logger.warning(
            "the pass seems stuck",
            metadata: [
                "at": "\(finding.place)", "seconds without a result": "\(Int(finding.seconds))",
                "predicted seconds": "\(Int(finding.predicted.rounded(.up)))", "units": "\(finding.units.count)",
                "first unit": "\(finding.units[0])",
            ])
    }

    package func start(_ lease: Lease, _ content: LeaseContent) {
        jobs.post(Job(lease: lease, content: content))
    }

    package func check(_ inputs: [InputQuery]) { self.inputs.watch(inputs) }

    /// Takes effect at the next batch.
    package func cancel(_ units: [UnitKey], of attempt: Attempt) {
        cancelled.withLock { $0.units[attempt, default: []].formUnion(units) }
        checkpoints?.remove(units)
    }

    /// Takes effect at the next batch.
    package func abandon(_ attempt: Attempt) {
        cancelled.withLock { _ = $0.passes.insert(attempt) }
    }

    private func train(_ job: Job, _ locator: inout FeatureLocator) {
        let attempt = job.lease.attempt
        defer { cancelled.withLock { $0.forget(attempt) } }
        let start = ContinuousClock.now
        do {
            let work = try PassWork(job.content.forms, folders: inputs.folders(job.content.folder), &locator)
            giveBack(work.unreadable, of: attempt)
            guard !work.units.isEmpty else { return tell(.passEnded(attempt, reason: nil)) }
            let kernel = work.kernel ?? configuration.kernel
            let provenance = Provenance(
                programVersion: identity.programVersion, kernelPath: kernel.rawValue, host: identity.host,
                worker: identity.name, threads: configuration.threads, blasThreads: 1, attempt: attempt.number,
                seconds: 0)
            ProcessMemory.returnFreed()
            let settings = PassSettings(
                threads: configuration.threads, processors: configuration.processors, kernel: kernel,
                memoryBudget: configuration.memoryBudget,
                memoryHeld: ProcessMemory.anonymous, provenance: provenance)
            let predictions = work.predictedSeconds(speed: configuration.speed)
            watch.withLock { $0 = PassWatch(predictions, at: .now) }
            watched.withLock { $0 = attempt }
            defer {
                watched.withLock { $0 = nil }
                watch.withLock { $0 = nil }
            }
            run(work, settings, job)
            logTrained(job, units: work.units.count, since: start)
        } catch let error as InputsUnreadable {
            let reasons = error.units.map { ($0, "\(error)") }
            giveBack(reasons, of: attempt)
            tell(.passEnded(attempt, reason: nil))
        } catch {
            logger.error(
                "lease not trained",
                metadata: ["lease": "\(attempt)", "pass": "\(job.lease.pass)", "reason": "\(error)"])
            tell(.passEnded(attempt, reason: "\(error)"))
        }
    }

    private func logTrained(_ job: Job, units: Int, since start: ContinuousClock.Instant) {
        let seconds = ((ContinuousClock.now - start) / .seconds(1) * 100).rounded() / 100
        logger.info(
            "lease trained",
            metadata: [
                "lease": "\(job.lease.attempt)", "pass": "\(job.lease.pass)", "units": "\(units)",
                "seconds": "\(seconds)",
            ])
    }

    /// Features that changed under the pass are no fault of its units: those without an outcome are given back.
    private func run(_ work: PassWork, _ settings: PassSettings, _ job: Job) {
        let attempt = job.lease.attempt
        do throws(FeatureError) {
            try work.pass(settings).run(
                observer(of: work, settings, attempt, keepsPredictions: job.content.keepsPredictions),
                checkpoints: store(of: attempt)?.renaming { work.waiting.keys(waitingFor: $0).first ?? $0 })
        } catch {
            logger.error(
                "features changed while they were read: the rest of the pass is given back",
                metadata: ["problem": "\(error)"])
            inputs.report("\(error)", of: Array(Set(work.units.map(InputContent.init))))
        }
        tell(.passEnded(attempt, reason: nil))
    }

    /// Units that cannot be trained here through no fault of theirs go to others. What they read is said to be unreadable
    /// first, so that they do not come back.
    private func giveBack(_ units: [(ProbeUnit, reason: String)], of attempt: Attempt) {
        for (reason, units) in Dictionary(grouping: units, by: \.reason) {
            logger.error(
                "units given back: what they read is not here",
                metadata: ["lease": "\(attempt)", "units": "\(units.count)", "reason": "\(reason)"])
            inputs.report(reason, of: Array(Set(units.map { InputContent($0.0) })))
        }
        if !units.isEmpty { tell(.unitsGivenBack(attempt, units.map(\.0.key))) }
    }

    /// Keeps no checkpoint of a unit that is cancelled: its file was removed, perhaps while this one was being written.
    func store(of attempt: Attempt) -> CheckpointStore? {
        guard let checkpoints else { return nil }
        var store = checkpoints.store(logger)
        let save = store.save
        store.save = { [self] unit, bytes in
            save(unit, bytes)
            if cancelled.withLock({ $0.isCancelled(unit, of: attempt) }) { checkpoints.remove([unit]) }
        }
        return store
    }

    private func observer(
        of work: PassWork, _ settings: PassSettings, _ attempt: Attempt, keepsPredictions: Bool
    ) -> PassObserver {
        let isCancelled: @Sendable (UnitKey) -> Bool = { [self] key in
            cancelled.withLock { $0.contains(key, of: attempt) }
        }
        let reached: @Sendable (String) -> Void = { [self] place in watch.withLock { $0?.reached(place) } }
        return PassObserver(
            finished: { [self] outcome in
                for outcome in work.outcomes(of: outcome, settings, reached: reached, isCancelled: isCancelled) {
                    watch.withLock { $0?.ended(outcome.key, at: .now) }
                    tell(.unitsEnded([UnitReport(outcome, attempt, keepsPredictions: keepsPredictions)]))
                }
            },
            progressed: { [tell] share in tell(.progressed(attempt, share)) },
            reached: reached, isCancelled: { work.waiting.keys(waitingFor: $0).allSatisfy(isCancelled) })
    }
}

/// What was cancelled.
private struct CancelledUnits {
    var passes: Set<Attempt> = []
    var units: [Attempt: Set<UnitKey>] = [:]

    func contains(_ key: UnitKey, of attempt: Attempt) -> Bool {
        passes.contains(attempt) || isCancelled(key, of: attempt)
    }

    /// Whether nobody will go on with the unit; one of a pass that is abandoned may be wanted of the next process.
    func isCancelled(_ key: UnitKey, of attempt: Attempt) -> Bool { units[attempt]?.contains(key) ?? false }

    mutating func forget(_ attempt: Attempt) {
        passes.remove(attempt)
        units[attempt] = nil
    }
}

extension UnitReport {
    fileprivate init(_ outcome: TrainingOutcome, _ attempt: Attempt, keepsPredictions: Bool) {
        let unit = outcome.key
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
            let payload = ResultPayload(result: Array(result), predictions: isSent ? Array(predictions) : nil)
            self.init(
                unit: unit, attempt: attempt, outcome: .finished(payload.bytes),
                seconds: trained.result.provenance.seconds)
        }
    }
}
