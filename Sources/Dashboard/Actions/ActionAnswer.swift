import Cluster
import Foundation

/// What is answered to an action: JSON with `outcome`, `done` or `refused`, and `message`.
struct ActionAnswer: Error, Equatable {
    var status: Int
    var reason: String
    var isDone: Bool
    /// What was done; or why it was not, and what to do about it.
    var message: String

    static func refusal(_ status: Int, _ reason: String, _ message: String) -> ActionAnswer {
        ActionAnswer(status: status, reason: reason, isDone: false, message: message)
    }

    static func bad(_ message: String) -> ActionAnswer { refusal(400, "Bad Request", message) }

    /// - Parameter outcome: nil where the coordinator did not answer in time.
    init(_ outcome: OperatorAction.Outcome?, of action: OperatorAction) {
        switch outcome {
        case .done(let words):
            self.init(status: 200, reason: "OK", isDone: true, message: "\(action.words.subject): \(words)")
        case .refused(let reason): self = .refusal(409, "Conflict", reason)
        case nil:
            self = .refusal(
                504, "Gateway Timeout",
                "the coordinator did not answer in time and may still do it; look at the page, and ask again if it did not"
            )
        }
    }

    private init(status: Int, reason: String, isDone: Bool, message: String) {
        self.status = status
        self.reason = reason
        self.isDone = isDone
        self.message = message
    }

    var response: HTTPResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let fields = ["outcome": isDone ? "done" : "refused", "message": message]
        let json = (try? encoder.encode(fields)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "{}\n"
        return HTTPResponse(status: status, reason: reason, type: "application/json", body: json)
    }
}
