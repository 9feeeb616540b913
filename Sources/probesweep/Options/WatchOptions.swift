import ArgumentParser
import Cluster
import Foundation

/// What is shown once, or again and again.
struct WatchOptions: ParsableArguments {
    private static let pause: Duration = .seconds(2)
    /// How soon an interruption is noticed.
    private static let step: Duration = .milliseconds(100)

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    @Flag(help: "Show it in the terminal every two seconds until interrupted.")
    var watch = false

    func validate() throws {
        guard watch else { return }
        guard format == .text else { throw ValidationError("--watch shows text; leave --format json out.") }
        guard LiveLines.standardError.isTerminal else {
            throw ValidationError("--watch needs a terminal at standard error; without it the state is printed once.")
        }
    }

    /// - Parameters:
    ///   - ask: for what is shown.
    ///   - lines: of its text, for so many columns.
    func show<Answer: Encodable>(
        _ ask: () throws -> Answer, lines: (Answer, Int?) -> [String]
    ) async throws {
        guard watch else { return try print(try ask(), lines) }
        let interrupted = Interruption()
        let live = LiveLines.standardError
        while !interrupted.came {
            let answer = try ask()
            live.show(lines(answer, live.columns.map { $0 - 1 }))
            let next = ContinuousClock.now + Self.pause
            while !interrupted.came, .now < next { try await Task.sleep(for: Self.step) }
        }
        live.leave()
    }

    /// The columns of the terminal at standard output; nil without one: whoever reads a pipe wants all columns.
    static var outputWidth: Int? {
        isatty(STDOUT_FILENO) == 1 ? TerminalSize.of(STDOUT_FILENO).columns : nil
    }

    private func print<Answer: Encodable>(_ answer: Answer, _ lines: (Answer, Int?) -> [String]) throws {
        switch format {
        case .json: try Output.json(answer)
        case .text:
            try Output.lines(lines(answer, Self.outputWidth))
        }
    }
}
