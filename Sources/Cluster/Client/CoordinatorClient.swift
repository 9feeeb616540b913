import Foundation
import Identities
package import Scheduling
package import Sweeps
import SwiftProtobuf
import Synchronization
import Transport
import Units

/// A client's conversation with a coordinator: requests, each with its answer.
package final class CoordinatorClient {
    private let dealer: DealerEndpoint
    private let events: EventQueue<DealerEvent>
    /// Warnings that this process has given: each client of a process finds what another has found.
    private static let given = Mutex<Set<String>>([])
    private let warn: (String) -> Void
    /// The options that lead another command to the same coordinator, as a shell takes them.
    package let repeated: String
    private var unread: ArraySlice<DealerEvent> = []
    private var lastRequest: UInt64 = 0
    private var outstanding: [UInt64: Question] = [:]

    /// A request that is sent again after every reconnection until it has its answer.
    private struct Question {
        let body: WireClientToCoordinator.OneOf_Body
        var answer: WireCoordinatorToClient.OneOf_Body?
    }

    /// Connects with the keys of a file.
    ///
    /// - Parameter warn: told what its user has to see to; by default that is written to standard error, once a process.
    package static func connect(
        _ endpoint: String, keys file: String, warn: @escaping (String) -> Void = CoordinatorClient.warnOnce
    ) throws -> CoordinatorClient {
        let security = try KeyFile.read(file).dealerSecurity(path: file)
        let events = EventQueue<DealerEvent>()
        let dealer = try DealerEndpoint.connect(endpoint, security: security, into: events) { $0 }
        let words = ["--connect", endpoint, "--keys", file]
        return CoordinatorClient(dealer, events, warn, repeated: " " + ShellQuoting.quoted(words))
    }

    private init(
        _ dealer: DealerEndpoint, _ events: EventQueue<DealerEvent>, _ warn: @escaping (String) -> Void,
        repeated: String
    ) {
        self.repeated = repeated
        self.dealer = dealer
        self.events = events
        self.warn = warn
    }

    package static func warnOnce(_ warning: String) {
        guard given.withLock({ $0.insert(warning).inserted }) else { return }
        LiveLines.standardError.writeAbove("probesweep: \(warning.printableLines)\n")
    }

    /// Submits a sweep; one that was submitted before resumes where it stands.
    ///
    /// - Parameters:
    ///   - retry: whether its quarantined units are tried again.
    ///   - priority: nil for 0, or for what the sweep has already.
    ///   - replaces: whether this client's sweep of the same name and other content is cancelled for it.
    package func submit(
        _ source: SweepSource, retry: Bool = false, priority: Int? = nil, replaces: Bool = false
    ) throws -> SubmittedSweep {
        let name = source.specification.name
        let encoder = JSONEncoder()
        let specification = String(decoding: try encoder.encode(source.specification), as: UTF8.self)
        let facts = try encoder.encode(source.facts)
        let reply = try ask(
            .submit(
                .with {
                    $0.name = name
                    $0.specification = specification
                    $0.facts = facts
                    $0.retry = retry
                    $0.replace = replaces
                    if let priority { $0.priority = Int32(clamping: priority) }
                }), patience: .seconds(600))
        guard case .submitted(let submitted) = reply else { throw ClientError.unexpectedAnswer }
        return SubmittedSweep(
            number: SweepID(submitted.sweep), name: submitted.name, units: Int(submitted.units),
            alreadyDone: Int(submitted.alreadyDone), notes: submitted.notes)
    }

    /// How sweeps stand: the one asked for, or all.
    package func status(of sweep: String? = nil) throws -> [SweepStatus] {
        try json(.status(.with { if let sweep { $0.sweep = sweep } }))
    }

    package func workers() throws -> [WorkerStatus] { try json(.listWorkers(WireListWorkers())) }

    /// What is left to do, in all sweeps, and so how many workers would be of use.
    package func workersWanted() throws -> WorkersWanted { try json(.status(.with { $0.workersWanted = true })) }

    /// Cancels a sweep; finished results are kept.
    package func cancel(_ sweep: String) throws { _ = try text(.cancelSweep(.with { $0.sweep = sweep })) }

    /// Drains workers; no names means all.
    package func drain(_ workers: [String]) throws { _ = try text(.drainWorkers(.with { $0.names = workers })) }

    /// Ends the suspension of hosts; no names means all that are suspended.
    ///
    /// - Parameter names: of hosts, or of workers there.
    /// - Returns: the names of the hosts that were resumed.
    package func resume(_ names: [String]) throws -> [String] {
        try text(.resumeWorkers(.with { $0.names = names })).split(separator: "\n").map(String.init)
    }

    /// The results that the request selects.
    ///
    /// - Parameter isApplied: whether they are removed, so that their units are trained again.
    package func discard(_ request: DiscardRequest, isApplied: Bool) throws -> DiscardSummary {
        try json(.discard(WireDiscard(request, isApplied: isApplied)), patience: .seconds(600))
    }

    package func close() async { await dealer.close() }

    private func json<Value: Decodable>(
        _ body: WireClientToCoordinator.OneOf_Body, patience: Duration = .seconds(10)
    ) throws -> Value {
        guard case .status(let reply) = try ask(body, patience: patience) else { throw ClientError.unexpectedAnswer }
        guard let value = try? JSONDecoder().decode(Value.self, from: reply.json) else {
            throw ClientError.unexpectedAnswer
        }
        return value
    }

    private func text(
        _ body: WireClientToCoordinator.OneOf_Body, patience: Duration = .seconds(10)
    ) throws -> String {
        guard case .text(let text) = try ask(body, patience: patience) else { throw ClientError.unexpectedAnswer }
        return text.text
    }

    func ask(
        _ body: WireClientToCoordinator.OneOf_Body, patience: Duration = .seconds(10)
    ) throws -> WireCoordinatorToClient.OneOf_Body {
        try answer(to: try begin(body), patience)
    }

    /// Asks many questions, some of them at once, and takes the answers in the order of the questions.
    func askAll(
        _ questions: some Sequence<WireClientToCoordinator.OneOf_Body>, atOnce: Int,
        patience: Duration = .seconds(60), take: (WireCoordinatorToClient.OneOf_Body) throws -> Void
    ) throws {
        var (waiting, iterator) = (ArraySlice<UInt64>(), questions.makeIterator())
        // After an error nobody waits for the rest.
        defer { for request in waiting { outstanding[request] = nil } }
        while true {
            while waiting.count < atOnce, let question = iterator.next() { waiting.append(try begin(question)) }
            guard let first = waiting.popFirst() else { return }
            let answer = try answer(to: first, patience)
            if let question = iterator.next() { waiting.append(try begin(question)) }
            try take(answer)
        }
    }

    private func begin(_ body: WireClientToCoordinator.OneOf_Body) throws -> UInt64 {
        lastRequest += 1
        outstanding[lastRequest] = Question(body: body)
        try send(lastRequest, body)
        return lastRequest
    }

    private func send(_ request: UInt64, _ body: WireClientToCoordinator.OneOf_Body) throws {
        try dealer.send(body, request: request, protocolVersion: UInt32(ProbeUnit.currentProtocolVersion))
    }

    private func answer(to request: UInt64, _ patience: Duration) throws -> WireCoordinatorToClient.OneOf_Body {
        defer { outstanding[request] = nil }
        let deadline = ContinuousClock.now + patience
        while true {
            if let answer = outstanding[request]?.answer {
                if case .refused(let refused) = answer { throw ClientError.refused(refused.reason) }
                return answer
            }
            guard deadline > .now else {
                throw ClientError.silence(endpoint: dealer.address, seconds: Int(patience.components.seconds))
            }
            if let event = nextEvent() { try take(event) }
        }
    }

    private func take(_ event: DealerEvent) throws {
        switch event {
        case .connected:
            // Requests are idempotent, and those that a lost connection took with it are sent again.
            for (request, question) in outstanding.sorted(by: { $0.key < $1.key }) where question.answer == nil {
                try send(request, question.body)
            }
        case .refused(let reason): throw ClientError.refused("\(reason)")
        case .message(let message):
            guard case .client(let reply) = message.recipient else { return }
            outstanding[reply.request]?.answer = reply.body
        case .coordinatorKey(let notice): if notice.problem != nil { warn("\(notice)") }
        case .disconnected, .malformed: break
        }
    }

    /// The oldest event, or nil when none came for a tenth of a second.
    private func nextEvent() -> DealerEvent? {
        if unread.isEmpty { unread = events.takeAll(within: 100_000_000)[...] }
        return unread.popFirst()
    }
}

/// Why a request failed.
package enum ClientError: Error, CustomStringConvertible, Equatable {
    case silence(endpoint: String, seconds: Int)
    case refused(String)
    case unexpectedAnswer

    package var description: String {
        switch self {
        case .silence(let endpoint, let seconds):
            """
            no answer from \(endpoint) within \(seconds) s. Is a coordinator listening there, and is this the key file \
            that it made (STATE/keys/client.keys)?
            """
        case .refused(let reason): "the coordinator refused: \(reason)"
        case .unexpectedAnswer: "the coordinator's answer does not fit the request; do both run the same version?"
        }
    }
}
