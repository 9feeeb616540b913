import ArgumentParser
import Cluster
import Foundation
import Launch
import Ledger
import Logging
import Results
import Sweeps

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
        let ending = try await self.ending(source, ledger, crew.cluster(state: options.state))
        // Whatever becomes of the tables.
        defer { if let outcome = ending.outcome { onEnd.run(ended(outcome, source, ledger)) } }
        switch ending {
        case .done: try SweepTables.write(of: source.specification.name, in: ledger.reader)
        case .quarantined:
            try SweepTables.write(of: source.specification.name, in: ledger.reader)
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
        _ source: SweepSource, _ ledger: Ledger, _ cluster: LocalCluster
    ) async throws -> LocalCluster.Ending {
        do {
            return try await train(source, ledger, cluster, Interruption())
        } catch {
            onEnd.run(ended(.failed, reason: "\(error)", source, ledger))
            throw error
        }
    }

    private func ended(
        _ outcome: EndedSweep.Outcome, reason: String? = nil, _ source: SweepSource, _ ledger: Ledger
    ) -> EndedSweep {
        let sweep = try? SweepStatus.all(in: ledger.reader, sweep: source.specification.name).first
        return EndedSweep(outcome: outcome, reason: reason, sweep: sweep)
    }

    /// Trains with its progress shown, which stays on the terminal in the end.
    private func train(
        _ source: SweepSource, _ ledger: Ledger, _ cluster: LocalCluster, _ interrupted: Interruption
    ) async throws -> LocalCluster.Ending {
        let (name, state) = (source.specification.name, options.state)
        let display = ProgressDisplay(
            leaders: LeaderWatch { try SweepTables.leaders(of: name, in: try LedgerReader.open(state)) })
        defer { display.end() }
        return try await cluster.run(
            source, retry: again.retry, ledger: ledger, logger: Logger(label: "probesweep"), progress: display.show,
            isInterrupted: { interrupted.came })
    }
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
