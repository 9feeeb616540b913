import Foundation
import Identities
package import Sweeps
import SwiftProtobuf
import Transport
import Units

/// A client's conversation with a coordinator: one request at a time, each with its answer.
package final class CoordinatorClient {
    private let dealer: DealerEndpoint
    private let events: EventQueue<DealerEvent>
    private var unread: ArraySlice<DealerEvent> = []
    private var lastRequest: UInt64 = 0

    /// Connects with the keys of a file.
    package static func connect(_ endpoint: String, keys file: String) throws -> CoordinatorClient {
        let security = try KeyFile.read(file).dealerSecurity(path: file)
        let events = EventQueue<DealerEvent>()
        let dealer = try DealerEndpoint.connect(endpoint, security: security, into: events) { $0 }
        return CoordinatorClient(dealer, events)
    }

    private init(_ dealer: DealerEndpoint, _ events: EventQueue<DealerEvent>) {
        self.dealer = dealer
        self.events = events
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

    /// Cancels a sweep; finished results are kept.
    package func cancel(_ sweep: String) throws { _ = try text(.cancelSweep(.with { $0.sweep = sweep })) }

    /// Drains workers; no names means all.
    package func drain(_ workers: [String]) throws { _ = try text(.drainWorkers(.with { $0.names = workers })) }

    /// Ends the suspension of workers; no names means all that are suspended.
    ///
    /// - Parameter names: of workers, or of hosts, which stand for all suspended workers there.
    /// - Returns: the names of the workers that were resumed.
    package func resume(_ names: [String]) throws -> [String] {
        try text(.resumeWorkers(.with { $0.names = names })).split(separator: "\n").map(String.init)
    }

    /// A sweep's table, made by the coordinator from its ledger.
    package func table(of sweep: String, against cost: String, format: String, times: Bool) throws -> String {
        try text(
            .fetchTable(
                .with {
                    $0.sweep = sweep
                    $0.against = cost
                    $0.format = format
                    $0.times = times
                }), patience: .seconds(60))
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
        return try JSONDecoder().decode(Value.self, from: reply.json)
    }

    private func text(
        _ body: WireClientToCoordinator.OneOf_Body, patience: Duration = .seconds(10)
    ) throws -> String {
        guard case .text(var part) = try ask(body, patience: patience) else { throw ClientError.unexpectedAnswer }
        var text = part.text
        while part.more {
            guard case .text(let next) = try answer(to: lastRequest, patience: patience) else {
                throw ClientError.unexpectedAnswer
            }
            part = next
            text += part.text
        }
        return text
    }

    /// Sends now, and again after every reconnection until the answer arrives: requests are idempotent.
    private func ask(
        _ body: WireClientToCoordinator.OneOf_Body, patience: Duration = .seconds(10)
    ) throws -> WireCoordinatorToClient.OneOf_Body {
        lastRequest += 1
        return try answer(to: lastRequest, patience: patience) { [dealer, lastRequest] in
            try dealer.send(body, request: lastRequest, protocolVersion: UInt32(ProbeUnit.currentProtocolVersion))
        }
    }

    private func answer(
        to request: UInt64, patience: Duration, bySending send: () throws -> Void = {}
    ) throws -> WireCoordinatorToClient.OneOf_Body {
        let deadline = ContinuousClock.now + patience
        try send()
        while deadline > .now {
            switch nextEvent() {
            case .connected: try send()
            case .refused(let reason): throw ClientError.refused("\(reason)")
            case .message(let message): if let body = try reply(in: message, to: request) { return body }
            case .disconnected, .malformed, nil: continue
            }
        }
        throw ClientError.silence(endpoint: dealer.address, seconds: Int(patience.components.seconds))
    }

    /// The oldest event, or nil when none came for a tenth of a second.
    private func nextEvent() -> DealerEvent? {
        if unread.isEmpty { unread = events.takeAll(within: 100_000_000)[...] }
        return unread.popFirst()
    }

    private func reply(
        in message: WireFromCoordinator, to request: UInt64
    ) throws -> WireCoordinatorToClient.OneOf_Body? {
        guard case .client(let reply) = message.recipient, reply.request == request, let body = reply.body else {
            return nil
        }
        if case .refused(let refused) = body { throw ClientError.refused(refused.reason) }
        return body
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
