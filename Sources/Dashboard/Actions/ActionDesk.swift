import Cluster
import Foundation
import Logging

/// Takes actions of operators, has the coordinator do them, and logs each with who asked.
struct ActionDesk: Sendable {
    /// Nil where the coordinator does not answer in time.
    var perform: @Sendable (OperatorAction) -> OperatorAction.Outcome?
    var logger: Logger

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
