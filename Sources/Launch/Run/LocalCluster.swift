package import Cluster
package import Foundation
package import Identities
package import Ledger
package import Logging
import Numerics
package import Sweeps
import Transport

/// A coordinator in this process and workers as its child processes, for one sweep on one machine.
package struct LocalCluster: Sendable {
    package var state: URL
    package var workers: Int
    package var threadsPerWorker: Int
    /// Memory that each worker may hold.
    package var gigabytesPerWorker: Double
    /// Folders in which workers look for feature sets, besides those that the sweep names.
    package var featureFolders: [String]
    /// The program to start workers with: this one.
    package var program: URL
    /// Where the coordinator records every event; nil for nowhere.
    package var journal: JournalSettings?

    package init(
        state: URL, workers: Int, threadsPerWorker: Int, gigabytesPerWorker: Double,
        featureFolders: [String] = [], program: URL, journal: JournalSettings? = nil
    ) {
        self.state = state
        self.workers = workers
        self.threadsPerWorker = threadsPerWorker
        self.gigabytesPerWorker = gigabytesPerWorker
        self.featureFolders = featureFolders
        self.program = program
        self.journal = journal
    }

    /// Checks that workers of this machine can train a sweep at all; otherwise each would find out by itself, and only
    /// say so in its log.
    ///
    /// - Throws: `KernelPathError` if `PROBESWEEP_KERNEL` is unavailable, `SpecificationError` if the sweep is pinned
    ///   to a kernel path that is.
    package static func checkKernels(for specification: SweepSpecification) throws {
        _ = try KernelPath.fromEnvironment()
        let names = KernelPath.available.map(\.rawValue)
        guard let pinned = specification.kernel, !names.contains(pinned) else { return }
        throw SpecificationError(problems: [
            specification.source.problem(
                "kernel", pinned,
                "is a kernel path that this machine cannot run (it can run \(names.joined(separator: ", "))).",
                remedy: "Pin the sweep to one of these, or submit it to a cluster of machines that can.")
        ])
    }

    /// How a sweep ended.
    package enum Ending: Sendable { case done, quarantined, cancelled, interrupted }

    /// Trains what the ledger does not have yet. However it ends, no worker is left behind.
    ///
    /// - Parameters:
    ///   - retry: whether quarantined units are tried again.
    ///   - submitted: called with the sweep's number as soon as the ledger has it; never if the run fails before.
    ///   - isInterrupted: polled several times a second; true ends the run in order.
    /// - Throws: `WorkerCrashLoop` if a worker cannot start, ``RunStalled`` if nothing can be trained or written,
    ///   `LedgerError` if the ledger is lost; finished results stay in the ledger.
    package func run(
        _ source: SweepSource, retry: Bool, ledger: Ledger, logger: Logger,
        submitted: (SweepID) -> Void = { _ in }, progress: (Cluster.Progress) -> Void, isInterrupted: () -> Bool
    ) async throws -> Ending {
        let keys = try KeyDirectory.openOrCreate(at: state.appending(path: "keys").path)
        let service = try CoordinatorService.start(
            ledger: ledger, listen: "tcp://127.0.0.1:*", security: try keys.routerSecurity(),
            resuming: source.specification.name, journal: journal, logger: logger)
        let sweep = try await service.submit(source, retry: retry)
        submitted(sweep.number)
        var crew = try LocalWorkers(self, endpoint: service.address, keys: keys.workerFile)
        do {
            let ending = try await train(sweep, service, &crew, progress, isInterrupted)
            crew.dismiss()
            await service.stop()
            CheckpointFolder.removeUnneeded(in: crew.checkpoints, ledger: ledger.reader)
            return ending
        } catch {
            crew.dismiss(within: .seconds(2))
            await service.stop()
            CheckpointFolder.removeUnneeded(in: crew.checkpoints, ledger: ledger.reader)
            throw error
        }
    }

    private func train(
        _ sweep: SubmittedSweep, _ service: CoordinatorService, _ crew: inout LocalWorkers,
        _ progress: (Cluster.Progress) -> Void, _ isInterrupted: () -> Bool
    ) async throws -> Ending {
        var watch = RunWatch()
        while !isInterrupted() {
            if let failure = service.failure { throw failure }
            guard let standing = await service.standing(of: "\(sweep.number)") else { break }
            let now = standing.progress
            progress(now)
            if now.isCancelled { return .cancelled }
            if now.isFinished { return now.quarantined > 0 ? .quarantined : .done }
            if let problem = watch.problem(in: standing, at: .now) { throw problem }
            try await crew.keepUp(joined: standing.joined)
            try await Task.sleep(for: .milliseconds(100))
        }
        return .interrupted
    }
}
