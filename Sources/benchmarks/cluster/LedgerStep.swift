import ArgumentParser
import Cluster
import Foundation
import Identities
import KernelFiles
import Ledger
import Logging
import Report
import Results
import Scheduling
import Sweeps
import Transport

/// One step of the ledger benchmark, in a fresh process.
struct LedgerStep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ledger-step", shouldDisplay: false)

    enum Step: String, ExpressibleByArgument {
        /// Plan and insert the sweep, and wait to be killed.
        case submit
        /// Start on a killed coordinator's ledger, until a new result is committed.
        case restart
        /// Give every unit a result.
        case fill
        /// Start with everything done and submit the same sweep.
        case resume
        /// Export the table as CSV.
        case table
        /// Write the report.
        case report
    }

    @Argument var step: Step
    @Option var state: String
    @Option var units: Int

    static func socket(_ state: String) -> String { "ipc://\(state)/socket" }

    static func arguments(_ step: Step, _ state: String, _ units: Int) -> [String] {
        ["ledger-step", step.rawValue, "--state", state, "--units", "\(units)"]
    }

    private var grid: SyntheticGrid { SyntheticGrid(units: units) }

    func run() async throws {
        switch step {
        case .submit: try await submit()
        case .restart: try await restart()
        case .fill: try fill()
        case .resume: try await resume()
        case .table: try table()
        case .report: try report()
        }
    }

    private func submit() async throws {
        let start = ContinuousClock.now
        let service = try startService()
        let sweep = try await service.submit(try grid.source())
        tell("planned, inserted and loaded (20 s)", since: start)
        while await service.progress(of: "\(sweep.number)")?.done == 0 { try await Task.sleep(for: .milliseconds(1)) }
        _ = FileManager.default.createFile(atPath: state + "/dispatched", contents: nil)
        // Until it is killed.
        try await Task.sleep(for: .seconds(600))
    }

    private func restart() async throws {
        let start = ContinuousClock.now
        let service = try startService()
        let before = await service.progress(of: grid.name)?.done ?? 0
        tell("loaded after kill -9", since: start)
        while await service.progress(of: grid.name)?.done == before { try await Task.sleep(for: .milliseconds(1)) }
        tell("a new result committed after kill -9 (5 s)", since: start)
        await service.stop()
    }

    private func fill() throws {
        let ledger = try Ledger.open(state)
        let start = ContinuousClock.now
        var keys: [UnitKey] = []
        keys.reserveCapacity(units)
        try ledger.reader.forEachUnfinished(of: SweepID(1)) { keys.append($0.key) }
        for place in stride(from: 0, to: keys.count, by: 1_000) {
            try ledger.commit(
                keys[place..<min(place + 1_000, keys.count)].map {
                    .result(
                        $0, Attempt(number: 1), worker: "worker-1", payload: SyntheticResult.payload($0))
                })
        }
        tell("the other results committed, 1,000 to a transaction", since: start)
        let bytes = try FileManager.default.attributesOfItem(atPath: state + "/ledger.sqlite")[.size] as? Int ?? 0
        print("  ledger: \(bytes / units) bytes a unit with its result")
    }

    private func resume() async throws {
        let start = ContinuousClock.now
        let service = try startService()
        let sweep = try await service.submit(try grid.source())
        guard await service.progress(of: "\(sweep.number)")?.isFinished == true else {
            throw ValidationError("The sweep is not finished.")
        }
        tell("resumed with all units done (2 s)", since: start)
        await service.stop()
    }

    private func table() throws {
        let start = ContinuousClock.now
        let table = try SweepTable.make(
            grid.name, in: try LedgerReader.open(state), against: .parameters,
            fields: TableFormat.csv.fields(TableOptions()))
        var bytes = 0
        try table.write(as: .csv) { bytes += $0.utf8.count }
        tell("table exported as \(bytes) bytes of CSV (6 s, 300 MB)", since: start)
    }

    private func report() throws {
        let start = ContinuousClock.now
        let html = try Report.make([grid.name], in: try LedgerReader.open(state)).html()
        tell("report made as \(html.utf8.count) bytes of HTML (10 s at 200,000 units)", since: start)
    }

    private func startService() throws -> CoordinatorService {
        try CoordinatorService.start(
            ledger: try Ledger.open(state), listen: Self.socket(state), security: .none,
            journal: JournalSettings(state: state, program: "benchmark"),
            logger: Logger(label: "coordinator") { _ in SwiftLogNoOpLogHandler() })
    }

    private func tell(_ what: String, since start: ContinuousClock.Instant) {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        print(
            "  \(what): \(seconds.rounded(to: 2)) s (\(processorSeconds().rounded(to: 2)) s of processor time), "
                + "\(memory("VmRSS")) MB now, \(memory("VmHWM")) MB at most")
        // This process may be killed before it ends.
        fflush(nil)
    }

    private func memory(_ field: String) -> Int {
        guard let status = KernelFile.text("/proc/self/status") else { return 0 }
        let line = status.split(separator: "\n").first { $0.hasPrefix(field) }
        let kilobytes = line.flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first }.flatMap { Int($0) }
        return (kilobytes ?? 0) / 1000
    }
}
