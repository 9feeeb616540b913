import Cluster
package import Foundation
import Identities
import Ledger
package import Logging
import Scheduling
import Sweeps
import Training
import Units

/// The process of a launch: it starts or joins a coordinator, keeps workers as its ``Fleet`` decides, submits the sweep,
/// and lets everything go when it has ended. Killed and started again, it goes on where it was.
package struct LaunchSupervisor {
    private let folder: LaunchFolder
    private let settings: LaunchSettings
    private let program: URL
    private let version: String
    private let logger: Logger
    private let log: LaunchLog

    /// - Parameters:
    ///   - program: the program to start workers with: this one.
    ///   - version: its version.
    package init(_ folder: LaunchFolder, program: URL, version: String, logger: Logger) throws {
        self.folder = folder
        self.settings = try folder.settings()
        self.program = program
        self.version = version
        self.logger = logger
        log = LaunchLog(folder)
    }

    /// Runs the launch to its end, which is written to its folder. Does nothing if another process runs it.
    ///
    /// - Parameter isInterrupted: polled; true ends the launch in order.
    package func run(isInterrupted: @escaping () -> Bool) async throws {
        guard let lock = try folder.lock() else { return }
        defer { close(lock) }
        var outcome: LaunchOutcome
        do {
            outcome = try await conduct(isInterrupted)
        } catch {
            outcome = LaunchOutcome(.failed, "\(error)")
        }
        // A process before this one may have submitted it.
        outcome.sweep = outcome.sweep ?? folder.standing?.sweep
        if let reason = outcome.reason { log.say("\(outcome.ending.rawValue): \(reason)") }
        try folder.save(outcome)
    }

    private func conduct(_ isInterrupted: () -> Bool) async throws -> LaunchOutcome {
        let coordinator = try LaunchCoordinator.start(settings, in: folder, program: version, logger: logger)
        let engine = try settings.makeEngine(program: program)
        let (record, former) = (LaunchRecord(folder), folder.jobs)
        let known = former.owned(by: settings.members)
        var driver = FleetDriver(
            Fleet(settings.fleet, resuming: known.ofMembers, at: .now), engine: engine, stray: known.stray,
            order: { [settings, folder] member in
                settings.order(
                    for: member, endpoint: coordinator.workerEndpoint,
                    credential: try coordinator.credential(of: member, isLocal: settings.engine.isLocal), in: folder)
            },
            // Workers on this machine end with this process, whatever way it ends.
            record: settings.engine.isLocal ? { _ in } : record.save)
        log.say("coordinator at \(coordinator.workerEndpoint)")
        // What is only to be let go of needs nothing more.
        let outcome =
            isInterrupted()
            ? LaunchOutcome(.stopped) : await untilEnd(&driver, engine, coordinator, record, isInterrupted)
        await letGo(&driver, engine)
        coordinator.revoke(Array(Set(settings.members).union(former.ofMembers.keys)))
        await coordinator.stop()
        removeCheckpoints()
        return outcome
    }

    /// How the launch has ended, with its sweep if one was submitted, whatever became of it.
    private func untilEnd(
        _ driver: inout FleetDriver, _ engine: any Engine, _ coordinator: LaunchCoordinator, _ record: LaunchRecord,
        _ isInterrupted: () -> Bool
    ) async -> LaunchOutcome {
        var sweep: Int?
        var outcome: LaunchOutcome
        do {
            let source = try settings.specification.map { try SweepSource.read($0.file) }
            var watch = LaunchWatch(settings, source, pinned: folder.pinned)
            defer { sweep = watch.sweep }
            outcome = try await work(&watch, &driver, engine, coordinator, record, isInterrupted)
        } catch {
            outcome = LaunchOutcome(.failed, "\(error)")
        }
        outcome.sweep = sweep
        return outcome
    }

    /// Keeps workers until the sweep has ended.
    private func work(
        _ watch: inout LaunchWatch, _ driver: inout FleetDriver, _ engine: any Engine,
        _ coordinator: LaunchCoordinator, _ record: LaunchRecord, _ isInterrupted: () -> Bool
    ) async throws -> LaunchOutcome {
        var preparation = EnginePreparation(engine)
        var run = RunWatch()
        while !isInterrupted() {
            if let failure = coordinator.failure { throw failure }
            try await preparation.proceed(hasJobs: !driver.isEmpty, at: .now, report: log.say)
            var heard = coordinator.facts(target: settings.target)
            if let kernels = heard?.kernels, try submit(&watch, driver.fleet, kernels, coordinator, record) {
                heard = coordinator.facts(target: settings.target)
            }
            if let outcome = await outcome(of: watch.sweep, coordinator, &run) { return outcome }
            if settings.specification != nil, watch.sweep == nil { heard?.facts.wanted = watch.wantedAtFirst }
            let failure = await driver.step(
                heard?.facts, at: .now, isEnding: { isInterrupted() || !preparation.isDone }, report: log.say)
            if let failure {
                return LaunchOutcome(
                    .failed, "no worker can be had: worker \(failure.member) \(failure.fault.description)")
            }
            let silence = heard == nil ? "the coordinator does not answer" : nil
            let problem = silence ?? preparation.problem ?? driver.silence ?? record.problem
            record.save(standing(driver, watch, coordinator, problem: problem))
            try await Task.sleep(for: .milliseconds(500))
        }
        return LaunchOutcome(.stopped)
    }

    /// Submits the sweep as soon as it is known which machines there are.
    ///
    /// - Returns: whether it has been submitted just now.
    private func submit(
        _ watch: inout LaunchWatch, _ fleet: Fleet, _ kernels: [String: String], _ coordinator: LaunchCoordinator,
        _ record: LaunchRecord
    ) throws -> Bool {
        let members = Set(settings.members)
        guard watch.sweep == nil,
            let source = watch.readySource(fleet, kernels: kernels.filter { members.contains($0.key) }, at: .now)
        else { return false }
        // Another process of the launch must not decide anew.
        if let pinned = watch.pinned, !record.save(pinned: pinned) { return false }
        guard let sweep = try coordinator.submit(source, retry: settings.retry) else { return false }
        watch.sweep = Int(sweep.number.number)
        if let pinned = watch.pinned {
            log.say("results are pinned to the kernel path \(pinned): \(watch.pinReason)")
        }
        for note in sweep.notes { log.say(note) }
        log.say(
            "sweep \(sweep.number) (\(sweep.name)): \(sweep.units) units, \(sweep.alreadyDone) already done")
        return true
    }

    /// How the launch has ended with its sweep; nil while it goes on.
    private func outcome(
        of sweep: Int?, _ coordinator: LaunchCoordinator, _ run: inout RunWatch
    ) async -> LaunchOutcome? {
        guard let sweep else { return nil }
        if let outcome = coordinator.status(of: sweep)?.outcome { return outcome }
        // On machines elsewhere somebody may bring what is missing.
        guard settings.engine.isLocal, let standing = await coordinator.standing(of: sweep),
            let stalled = run.problem(in: standing, at: .now)
        else { return nil }
        return LaunchOutcome(.failed, "it cannot go on: \(stalled.reason)")
    }

    private func standing(
        _ driver: FleetDriver, _ watch: LaunchWatch, _ coordinator: LaunchCoordinator, problem: String?
    ) -> LaunchStanding {
        let fleet = driver.fleet
        return LaunchStanding(
            clientEndpoint: coordinator.clientEndpoint, workerEndpoint: coordinator.workerEndpoint,
            sweep: watch.sweep, wanted: fleet.wanted, outstanding: fleet.outstanding, running: fleet.running,
            joined: fleet.joined, leftOut: fleet.leftOut, waiting: driver.waiting,
            lastFailure: fleet.lastFailure.map { "worker \($0.member) \($0.fault.description)" }, problem: problem)
    }

    /// How long workers may take to hand back what they hold, and how long the end waits for an engine or a machine that does
    /// not answer.
    private static let (patience, patienceWithSilence) = (Duration.seconds(180), Duration.seconds(60))

    /// Ends all workers: the engine ends their jobs, and each hands back what it holds.
    private func letGo(_ driver: inout FleetDriver, _ engine: any Engine) async {
        await driver.stop(report: log.say)
        let start = ContinuousClock.now
        var (jobs, lastChange) = (driver.jobs, start)
        while !driver.isEmpty, .now - start < Self.patience {
            _ = await driver.step(nil, at: .now, report: log.say)
            if driver.jobs != jobs { (jobs, lastChange) = (driver.jobs, .now) }
            if driver.silence != nil, .now - lastChange > Self.patienceWithSilence { break }
            try? await Task.sleep(for: .milliseconds(300))
        }
        let reason = driver.silence ?? "the engine still runs it"
        for (member, job) in driver.jobs.ofMembers.sorted(by: { $0.key < $1.key }) {
            log.say("worker \(member) (job \(job)) has not ended: \(reason)")
        }
        for job in driver.jobs.stray.sorted() { log.say("job \(job) has not ended: \(reason)") }
        if let local = engine as? LocalEngine { local.dismiss(within: .seconds(5)) }
        await engine.release()
    }

    /// Removes the checkpoints of workers on this machine that nothing needs any more. The ledger of a coordinator elsewhere
    /// cannot be asked.
    private func removeCheckpoints() {
        guard settings.engine.isLocal, settings.remote == nil, let ledger = try? LedgerReader.open(settings.state)
        else { return }
        CheckpointFolder.removeUnneeded(in: CheckpointFolder.place(in: folder.workerCache), ledger: ledger)
    }
}

extension SweepStatus {
    /// How the launch of this sweep has ended; nil while it has not.
    fileprivate var outcome: LaunchOutcome? {
        if isCancelled { return LaunchOutcome(.cancelled, cancellation) }
        guard progress.isFinished else { return nil }
        return LaunchOutcome(progress.quarantined > 0 ? .quarantined : .done)
    }
}
