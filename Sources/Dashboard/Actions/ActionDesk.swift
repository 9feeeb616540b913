import Cluster
import Foundation
import Logging
import Synchronization

/// Takes actions of operators, has the coordinator do them, and logs each with who asked.
struct ActionDesk: Sendable {
    /// Nil where the coordinator does not answer in time.
    var perform: @Sendable (OperatorAction) -> OperatorAction.Outcome?
    var logger: Logger
    private let refusals = Refusals()

    init(perform: @escaping @Sendable (OperatorAction) -> OperatorAction.Outcome?, logger: Logger) {
        self.perform = perform
        self.logger = logger
    }

    /// Waits for the coordinator.
    func answer(_ request: HTTPRequest) -> ActionAnswer {
        do throws(ActionAnswer) {
            let action = try ActionRequest.read(request.body)
            let answer = ActionAnswer(perform(action), of: action)
            log(answer, action.words, of: request.peer)
            return answer
        } catch {
            log(error, nil, of: request.peer)
            return error
        }
    }

    /// Logs requests that did not come as far as the coordinator: of each peer's with one status the 1st, 10th, 100th, so
    /// that nobody fills the log.
    func logRefusal(_ response: HTTPResponse, of request: HTTPRequest) {
        let name = "\(response.status) \(request.peer)"
        guard refusals.counts.withLock({ $0.isRound(name) }) else { return }
        logger.warning(
            "asked for at the dashboard",
            metadata: ["peer": "\(request.peer)", "problem": "\(response.status) \(response.reason)"])
    }

    private func log(_ answer: ActionAnswer, _ words: (action: String, subject: String)?, of peer: String) {
        var metadata: Logger.Metadata = ["peer": "\(peer)"]
        if let words {
            metadata["action"] = "\(words.action)"
            metadata["subject"] = "\(words.subject)"
        }
        if !answer.isDone { metadata["problem"] = "\(answer.message)" }
        logger.log(level: answer.isDone ? .notice : .warning, "asked for at the dashboard", metadata: metadata)
    }
}

/// Of all copies of a desk; a thousand kinds are told apart.
private final class Refusals: Sendable {
    let counts = Mutex(RoundCounts(most: 1_000))
}
