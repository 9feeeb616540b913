import ArgumentParser
import Cluster
import Identities
import Ledger
import Numerics
import Results
import Sweeps
import Training
import Units

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show a sweep's units and costs, with every default, without training.")

    @Argument(help: "The sweep's specification, a YAML file.")
    var specification: String

    @Option(help: "Number of workers for the predicted time.")
    var workers = 1

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    @Option(
        help: """
            The state folder of a coordinator that has trained such units: predicts from measured times, and shows \
            the time to go. (default: $PROBESWEEP_STATE, once it has a ledger)
            """)
    var state: String?

    /// A folder of the environment may be one that a coordinator has yet to make.
    private var learnedState: String? {
        if measure || state != nil { return state }
        guard let folder = EnvironmentDefault.state.value, LedgerReader.exists(in: folder) else { return nil }
        return folder
    }

    @Flag(help: "Predict for workers on this machine: measure it for a second or two, with --workers at once.")
    var measure = false

    @OptionGroup var leakage: LeakageOptions

    func validate() throws {
        guard workers > 0 else { throw ValidationError("--workers must be at least 1, not \(workers).") }
        guard !measure || state == nil else {
            throw ValidationError("Give --state or --measure, not both: a ledger has the speed of its workers.")
        }
    }

    func run() throws {
        let source = try SweepSource.read(specification)
        let plan = try source.plan()
        let learnedCosts = try learnedState.map { try PlanLearnedCosts(plan, in: try LedgerReader.open($0)) }
        let (machine, startSeconds) = try measure ? measured() : (.reference, nil)
        var report = PlanReport(
            plan, workers: workers, machine: machine, startSeconds: startSeconds, learnedCosts: learnedCosts)
        report.leakage = try leakage.check(source)
        report.randomReadings = plan.randomReadings(memory: MachineMemory.bytes)
        report.rows = try plan.rowsOfFolds()
        for reading in report.randomReadings { Exit.complain("warning: \(reading)") }
        for warning in report.rows.compactMap(\.warning) { Exit.complain("warning: \(warning)") }
        switch format {
        case .text: try Output.text(report.text.printableLines)
        case .json: try Output.text(report.json)
        }
    }

    /// Workers measure themselves when they start, so the measurement takes as long as a start.
    private func measured() throws -> (machine: CostModel, startSeconds: Double?) {
        ProcessMemory.returnLargeBlocks()
        let (start, kernel) = (ContinuousClock.now, try KernelPath.fromEnvironment())
        let machine = CostModel.measure(kernel: kernel, workers: workers)
        return (machine, (ContinuousClock.now - start) / .seconds(1))
    }
}
