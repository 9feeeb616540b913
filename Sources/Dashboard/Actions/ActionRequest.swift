import Cluster
import Foundation
import Identities

/// The body of `POST /actions`: `{"action": "cancel", "sweep": 3}`.
struct ActionRequest: Decodable {
    static let path = "/actions"
    /// Bytes of the largest body.
    static let limit = 4 << 10

    private enum Name: String, Decodable, CaseIterable { case cancel, retry, priority, drain, resume }

    private var action: String
    private var sweep: Int64?
    private var worker: String?
    private var priority: Int?

    /// - Throws: ``ActionAnswer``, with what is wrong.
    static func read(_ body: Data) throws(ActionAnswer) -> OperatorAction {
        guard let request = try? JSONDecoder().decode(ActionRequest.self, from: body) else {
            throw .bad("the body must be like {\"action\": \"cancel\", \"sweep\": 3}")
        }
        return try request.operatorAction()
    }

    private func operatorAction() throws(ActionAnswer) -> OperatorAction {
        switch Name(rawValue: action) {
        case .cancel: return .cancel(try subject(sweep, "sweep"))
        case .retry: return .retry(try subject(sweep, "sweep"))
        case .priority:
            guard let priority else { throw .bad("the action \"priority\" needs a whole number \"priority\"") }
            return .prioritise(try subject(sweep, "sweep"), priority)
        case .drain: return .drain(worker: try worker(or: "worker"))
        case .resume: return .resume(worker: try worker(or: "worker"))
        case nil:
            let names = Name.allCases.map(\.rawValue).joined(separator: ", ")
            throw .bad("\"action\" must be one of \(names)")
        }
    }

    private func subject(_ number: Int64?, _ field: String) throws(ActionAnswer) -> SweepID {
        guard let number else { throw .bad("the action \"\(action)\" needs a sweep's number, \"\(field)\"") }
        return SweepID(number)
    }

    private func worker(or field: String) throws(ActionAnswer) -> String {
        guard let worker else { throw .bad("the action \"\(action)\" needs a worker's name, \"\(field)\"") }
        return worker
    }
}

extension OperatorAction {
    /// Its name and what it is about, for the log and for people.
    var words: (action: String, subject: String) {
        switch self {
        case .cancel(let sweep): ("cancel", "sweep \(sweep)")
        case .retry(let sweep): ("retry", "sweep \(sweep)")
        case .prioritise(let sweep, let priority): ("priority \(priority)", "sweep \(sweep)")
        case .drain(let worker): ("drain", "worker \(worker)")
        case .resume(let worker): ("resume", "worker \(worker)")
        }
    }
}
