import ArgumentParser
import Cluster
import Foundation

struct WorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "workers", abstract: "List the workers.")

    @OptionGroup var connection: ConnectionOptions

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    func run() async throws {
        let workers = try connection.client().workers()
        switch format {
        case .json: try Output.json(workers)
        case .text: try Output.lines(workers.map(line))
        }
    }

    private func line(_ worker: WorkerStatus) -> String {
        let done = "\(worker.finished) done" + (worker.failed > 0 ? ", \(worker.failed) failed" : "")
        let held = worker.held > 0 ? "\(worker.held) held, \(Int(worker.progress * 100)) % of the pass" : "idle"
        let state = worker.reason.map { "\(worker.state) (\($0))" } ?? worker.state
        let parts = [worker.name, state, "\(worker.threads) threads", worker.kernelPath, done, held]
        return (parts + (worker.stuck.map { ["stuck: \($0)"] } ?? [])).joined(separator: "   ")
    }
}
