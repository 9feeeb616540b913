import Cluster
package import Foundation
import Identities
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
        let outcome: LaunchOutcome
        do {
            outcome = try await conduct(isInterrupted)
        } catch {
            outcome = LaunchOutcome(.failed, "\(error)")
        }
        if let reason = outcome.reason { log.say("\(outcome.ending.rawValue): \(reason)") }
        try folder.save(outcome)
    }

    private func conduct(_ isInterrupted: () -> Bool) async throws -> LaunchOutcome {
        let coordinator = try LaunchCoordinator.start(settings, in: folder, program: version, logger: logger)
        let engine = try settings.makeEngine(program: program)
        var driver = FleetDriver(
            Fleet(settings.fleet, resuming: folder.jobs, at: .now), engine: engine
        ) { [settings, folder] member in
            settings.order(
                for: member, endpoint: coordinator.workerEndpoint,
                credential: try coordinator.credential(of: member, isLocal: settings.engine.isLocal), in: folder
            )
        }
        log.say("coordinator at \(coordinator.workerEndpoint)")
        let outcome: LaunchOutcome
        do {
            // What is only to be let go of needs nothing more.
            outcome =
                isInterrupted() ? LaunchOutcome(.stopped) : try await work(&driver, engine, coordinator, isInterrupted)
        } catch {
            outcome = LaunchOutcome(.failed, "\(error)")
        }
        await letGo(&driver, coordinator, engine)
        await coordinator.stop()
        return outcome
    }

    /// Keeps workers until the sweep has ended.
    private func work(
        _ driver: inout FleetDriver, _ engine: any Engine, _ coordinator: LaunchCoordinator, _ isInterrupted: () -> Bool
    ) async throws -> LaunchOutcome {
        let source = try settings.specification.map { try SweepSource.read($0) }
        var watch = LaunchWatch(settings, source, pinned: folder.pinned)
        try await engine.prepare(report: log.say)
        var saved = Saved()
        while !isInterrupted() {
            if let failure = coordinator.failure { throw failure }
            var heard = coordinator.facts(target: settings.target)
            if settings.specification != nil, watch.sweep == nil { heard?.facts.wanted = watch.wantedAtFirst }
            if let failure = await driver.step(heard?.facts, at: .now, report: log.say) {
                return LaunchOutcome(
                    .failed, "no worker can be had: worker \(failure.member) \(failure.fault.description)")
            }
            try save(driver.fleet.jobs, &saved)
            if let heard, watch.sweep == nil { try submit(&watch, driver.fleet, heard.kernels, coordinator) }
            try save(standing(driver, watch, coordinator, isHeard: heard != nil), &saved)
            if let outcome = watch.sweep.flatMap({ coordinator.status(of: $0) })?.outcome { return outcome }
            try await Task.sleep(for: .milliseconds(500))
        }
        return LaunchOutcome(.stopped)
    }

    /// Submits the sweep as soon as it is known which machines there are.
    private func submit(
        _ watch: inout LaunchWatch, _ fleet: Fleet, _ kernels: [String: String], _ coordinator: LaunchCoordinator
    ) throws {
        let own = kernels.filter { settings.members.contains($0.key) }
        guard let source = watch.readySource(fleet, kernels: own, at: .now) else { return }
        if let pinned = watch.pinned {
            try folder.save(pinned: pinned)
            log.say("results are pinned to the kernel path \(pinned): \(watch.pinReason)")
        }
        let sweep = try coordinator.submit(source, retry: settings.retry)
        watch.sweep = Int(sweep.number.number)
        for note in sweep.notes { log.say(note) }
        log.say(
            "sweep \(sweep.number) (\(sweep.name)): \(sweep.units) units, \(sweep.alreadyDone) already done")
    }

    /// What the launch's folder holds already.
    private struct Saved {
        var jobs: [String: JobID]?
        var standing: LaunchStanding?
    }

    private func save(_ jobs: [String: JobID], _ saved: inout Saved) throws {
        guard jobs != saved.jobs else { return }
        try folder.save(jobs: jobs)
        saved.jobs = jobs
    }

    private func save(_ standing: LaunchStanding, _ saved: inout Saved) throws {
        guard standing != saved.standing else { return }
        try folder.save(standing)
        saved.standing = standing
    }

    private func standing(
        _ driver: FleetDriver, _ watch: LaunchWatch, _ coordinator: LaunchCoordinator, isHeard: Bool
    ) -> LaunchStanding {
        let fleet = driver.fleet
        let silence = isHeard ? driver.silence : "the coordinator does not answer"
        return LaunchStanding(
            clientEndpoint: coordinator.clientEndpoint, workerEndpoint: coordinator.workerEndpoint,
            sweep: watch.sweep, wanted: fleet.wanted, outstanding: fleet.outstanding, running: fleet.running,
            joined: fleet.joined, leftOut: fleet.leftOut, problem: silence)
    }

    /// Ends all workers: the engine ends their jobs, and each hands back what it holds.
    private func letGo(_ driver: inout FleetDriver, _ coordinator: LaunchCoordinator, _ engine: any Engine) async {
        var saved = Saved()
        await driver.stop(report: log.say)
        let end = ContinuousClock.now + .seconds(180)
        while !driver.fleet.isEmpty, .now < end {
            _ = await driver.step(nil, at: .now, report: log.say)
            try? save(driver.fleet.jobs, &saved)
            try? await Task.sleep(for: .milliseconds(300))
        }
        for (member, job) in driver.fleet.jobs.sorted(by: { $0.key < $1.key }) {
            log.say("worker \(member) (job \(job)) has not ended: \(driver.silence ?? "the engine still runs it")")
        }
        if let local = engine as? LocalEngine { local.dismiss(within: .seconds(5)) }
        await engine.release()
        coordinator.revoke(settings.members)
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
