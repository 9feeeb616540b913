import ArgumentParser
import Diagnosis

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check whether this machine can run sweeps, and say what to do.",
        discussion: """
            Checks the kernel path, processors and memory with the limits of control groups, the libraries, the place and the \
            disk of the state folder, and whatever the options name. A disk is measured with a temporary file of 64 MB.

            Exit status: 0 without failures, 1 otherwise; warnings do not count.
            """)

    @OptionGroup var stateOptions: StateOptions

    @Option(help: "A coordinator's endpoint to ask, for example tcp://host:7301. (default: $PROBESWEEP_CONNECT)")
    var connect: String?

    @Option(help: "The key file of this client, for the coordinator. (default: $PROBESWEEP_KEYS)")
    var keys: String?

    @Option(parsing: .upToNextOption, help: "Folders of feature sets to open.")
    var features: [String] = []

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    func run() async throws {
        let endpoint = try Endpoint(connect: connect, keys: keys)
        let diagnosis = Diagnosis(
            state: stateOptions.state, features: features,
            coordinator: endpoint.map { .init(endpoint: $0.address, keys: $0.keys) })
        var findings: [Finding] = []
        try await diagnosis.run { finding in
            findings.append(finding)
            if format == .text { try Output.line("\(finding)") }
        }
        if format == .json { try Output.json(findings) }
        guard findings.allSatisfy({ $0.grade != .failure }) else { throw Exit.failure }
    }
}
