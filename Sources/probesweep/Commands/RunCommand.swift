import ArgumentParser
import Cluster
import Foundation
import Identities
import Launch
import Ledger
import Logging
import Results
import Sweeps
import Synchronization

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a sweep on this machine, then print both tables. When run again, it resumes.")

    @Argument(help: "The sweep's specification, a YAML file.")
    var specification: String

    @OptionGroup var crew: CrewOptions
    @OptionGroup var leakage: LeakageOptions
    @OptionGroup var again: RetryOptions
    @OptionGroup var onEnd: OnEndOptions
    @OptionGroup var options: StateOptions

    func run() async throws {
        try CrewOptions.prepareProcess()
        let source = try SweepSource.read(specification)
        try LocalCluster.checkKernels(for: source.specification)
        try leakage.check(source)
        let ledger = try Ledger.open(options.state)
        let sweep = SubmittedNumber()
        let ending = try await self.ending(source, sweep, ledger)
        // Whatever becomes of the tables.
        defer { if let outcome = ending.outcome { onEnd.run(ended(outcome, sweep, ledger)) } }
        switch ending {
        case .done: try writeTables(of: sweep, ledger)
        case .quarantined:
            try writeTables(of: sweep, ledger)
            RetryOptions.advise()
            throw Exit.quarantined
        case .cancelled:
            Exit.complain("the sweep was cancelled; what it has finished is kept")
            throw Exit.failure
        case .interrupted:
            Exit.complain("interrupted; run the same command again to resume")
            throw Exit.failure
        }
    }

    /// Trains; a failure is what the sweep ends with, too.
    private func ending(
        _ source: SweepSource, _ sweep: SubmittedNumber, _ ledger: Ledger
    ) async throws -> LocalCluster.Ending {
        do {
            return try await train(source, sweep, ledger, Interruption())
        } catch {
            onEnd.run(ended(.failed, reason: "\(error)", sweep, ledger))
            throw error
        }
    }

    private func ended(
        _ outcome: EndedSweep.Outcome, reason: String? = nil, _ sweep: SubmittedNumber, _ ledger: Ledger
    ) -> EndedSweep {
        let status = sweep.text.flatMap { try? SweepStatus.all(in: ledger.reader, sweep: $0).first }
        return EndedSweep(outcome: outcome, reason: reason, sweep: status)
    }

    private func writeTables(of sweep: SubmittedNumber, _ ledger: Ledger) throws {
        if let sweep = sweep.text { try SweepTables.write(of: sweep, in: ledger.reader) }
    }

    /// Trains with its progress shown, which stays on the terminal in the end.
    private func train(
        _ source: SweepSource, _ sweep: SubmittedNumber, _ ledger: Ledger, _ interrupted: Interruption
    ) async throws -> LocalCluster.Ending {
        let state = options.state
        let display = ProgressDisplay(
            leaders: LeaderWatch {
                try sweep.text.map { try SweepTables.leaders(of: $0, in: try LedgerReader.open(state)) } ?? []
            })
        defer { display.end() }
        return try await crew.cluster(state: state).run(
            source, retry: again.retry, ledger: ledger, logger: Logger(label: "probesweep"), submitted: sweep.set,
            progress: display.show, isInterrupted: { interrupted.came })
    }
}

/// The number of the sweep that a run has submitted, since other sweeps may have its name.
private final class SubmittedNumber: Sendable {
    private let number = Mutex<SweepID?>(nil)

    /// Nil before it is submitted.
    var text: String? { number.withLock { $0.map { "\($0)" } } }

    func set(_ sweep: SweepID) { number.withLock { $0 = sweep } }
}

extension LocalCluster.Ending {
    /// How the sweep has ended; nil where only this run has.
    fileprivate var outcome: EndedSweep.Outcome? {
        switch self {
        case .done: .done
        case .quarantined: .quarantined
        case .cancelled: .cancelled
        case .interrupted: nil
        }
    }
}
