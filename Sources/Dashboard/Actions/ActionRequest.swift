import Cluster
import Foundation
import Identities

/// The body of `POST /actions`: `{"action": "cancel", "sweep": 3}`.
struct ActionRequest: Decodable {
    static let path = "/actions"
    /// Bytes of the largest body.
    static let limit = 4 << 10

    private enum Name: String, Decodable, CaseIterable { case cancel, retry, priority, drain, resume }

    private enum CodingKeys: String, CodingKey { case action, sweep, worker, priority }

    private var action: String
    private var sweep: Int64?
    private var worker: String?
    private var priority: Int?

    /// - Throws: ``ActionAnswer``, with what is wrong.
    static func read(_ body: Data) throws(ActionAnswer) -> OperatorAction {
        let request: ActionRequest
        do {
            request = try JSONDecoder().decode(ActionRequest.self, from: body)
        } catch let answer as ActionAnswer {
            throw answer
        } catch {
            throw .bad("the body must be like {\"action\": \"cancel\", \"sweep\": 3}")
        }
        return try request.operatorAction()
    }

    /// - Throws: ``ActionAnswer`` where a field has another type than it needs.
    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func field<Value: Decodable>(_ key: CodingKeys, _ kind: String) throws -> Value? {
            guard fields.contains(key) else { return nil }
            guard let value = try? fields.decode(Value.self, forKey: key) else {
                throw ActionAnswer.bad("\"\(key.stringValue)\" must be \(kind)")
            }
            return value
        }
        action = try field(.action, "text") ?? ""
        sweep = try field(.sweep, "a whole number")
        worker = try field(.worker, "text")
        priority = try field(.priority, "a whole number")
    }

    private func operatorAction() throws(ActionAnswer) -> OperatorAction {
        switch Name(rawValue: action) {
        case .cancel: return .cancel(try sweepNumber)
        case .retry: return .retry(try sweepNumber)
        case .priority:
            guard let priority else { throw .bad("the action \"priority\" needs a whole number \"priority\"") }
            return .prioritise(try sweepNumber, priority)
        case .drain: return .drain(worker: try workerName)
        case .resume: return .resume(worker: try workerName)
        case nil:
            let names = Name.allCases.map(\.rawValue).joined(separator: ", ")
            throw .bad("\"action\" must be one of \(names)")
        }
    }

    private var sweepNumber: SweepID {
        get throws(ActionAnswer) {
            guard let sweep else { throw .bad("the action \"\(action)\" needs a sweep's number, \"sweep\"") }
            return SweepID(sweep)
        }
    }

    private var workerName: String {
        get throws(ActionAnswer) {
            guard let worker else { throw .bad("the action \"\(action)\" needs a worker's name, \"worker\"") }
            return worker
        }
    }
}

extension HTTPRequest {
    /// Whether it asks for an action.
    var isAction: Bool { method == "POST" && path == ActionRequest.path }
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
