import Foundation
package import Logging
import Scheduling
import SwiftProtobuf
import Transport

/// Gets keys of its own for a worker or client that holds a one-time token.
///
/// The new keys lie in `FILE.enrolling` until the coordinator has accepted them, and then in FILE: whoever is interrupted asks
/// again with the same keys, and gets the same answer.
package struct Enrolment: Sendable {
    private let endpoint: String
    private let file: String
    private let logger: Logger

    /// Where a token comes from: a file, or a text that was read from somewhere else.
    package enum Source: Sendable {
        case file(String)
        case text(@Sendable () throws -> String, from: String)

        func token() throws -> EnrolmentToken {
            switch self {
            case .file(let path): try EnrolmentToken.read(path)
            case .text(let text, let origin): try EnrolmentToken(try text(), path: origin)
            }
        }
    }

    /// - Parameters:
    ///   - endpoint: the coordinator's.
    ///   - file: the key file to be.
    package init(endpoint: String, file: String, logger: Logger) {
        self.endpoint = endpoint
        self.file = file
        self.logger = logger
    }

    /// Enrols, unless the key file is there; the token is not even read then.
    ///
    /// - Parameter patience: how long the coordinator is waited for; nil for ever.
    /// - Returns: whether there was anything to do.
    /// - Throws: ``EnrolmentError`` if the coordinator refuses or is not there, `TransportError` for files.
    @discardableResult
    package func complete(_ source: Source, patience: Duration? = nil) async throws -> Bool {
        if isThere { return false }
        let token = try source.token()
        let lock = try FileLock(file + ".lock")
        defer { lock.release() }
        // Another process may have enrolled for the same file meanwhile.
        if isThere { return false }
        let keys = try pendingKeys(token)
        try await ask(token, to: keys.keys.publicKey, patience)
        try PrivateFile.move(pending, to: file)
        logger.info("enrolled", metadata: ["name": "\(keys.name)", "keys": "\(file)"])
        return true
    }

    private var isThere: Bool { FileManager.default.fileExists(atPath: file) }
    private var pending: String { file + ".enrolling" }

    /// The keys of an earlier attempt with this token, or new ones. What cannot be read was never asked about.
    private func pendingKeys(_ token: EnrolmentToken) throws -> KeyFile {
        if let earlier = try? KeyFile.read(pending), token.isFor(earlier) { return earlier }
        let keys = try token.newKeys()
        try keys.replace(pending)
        return keys
    }

    private func ask(_ token: EnrolmentToken, to key: CurveKey, _ patience: Duration?) async throws {
        let events = EventQueue<DealerEvent>()
        let dealer = try DealerEndpoint.connect(endpoint, security: token.security, into: events) { $0 }
        do {
            try waitForAnswer(dealer, events, key, patience)
        } catch {
            await dealer.close()
            throw error
        }
        await dealer.close()
    }

    private func waitForAnswer(
        _ dealer: DealerEndpoint, _ events: EventQueue<DealerEvent>, _ key: CurveKey, _ patience: Duration?
    ) throws {
        let start = ContinuousClock.now
        var contact = ContactLog(at: .now)
        while patience.map({ ContinuousClock.now - start < $0 }) ?? true {
            for event in events.takeAll(within: 100_000_000) {
                switch event {
                // The request of a lost connection may be lost too, and is answered as before if it is not.
                case .connected: try dealer.send(.with { $0.publicKey = Data(key.bytes) })
                case .message(let message):
                    if case .enrolment(let reply) = message.recipient { return try take(reply) }
                case .refused(let reason): try take(reason, &contact)
                case .disconnected, .malformed, .coordinatorKey: break
                }
            }
            if let seconds = contact.silence(at: .now) {
                logger.warning(
                    "nothing heard from the coordinator; trying on",
                    metadata: ["endpoint": "\(endpoint)", "seconds": "\(Int(seconds))"])
            }
        }
        throw EnrolmentError.silence(endpoint: endpoint)
    }

    private func take(_ reply: WireEnrolmentReply) throws {
        if case .refused(let refused) = reply.outcome { throw EnrolmentError.refused(refused.reason) }
    }

    private func take(_ reason: RefusalReason, _ contact: inout ContactLog) throws {
        if contact.isFinal(reason, at: .now) { throw EnrolmentError.refused("\(EnrolmentRefusal.unknown)") }
        guard contact.isNew(reason) else { return }
        logger.warning(
            "connection refused; trying again", metadata: ["endpoint": "\(endpoint)", "reason": "\(reason)"])
    }
}

/// Why there are no keys.
package enum EnrolmentError: Error, Equatable, CustomStringConvertible {
    case refused(String)
    case silence(endpoint: String)

    package var description: String {
        switch self {
        case .refused(let reason): "the coordinator did not enrol this process: \(reason)"
        case .silence(let endpoint):
            "no answer from \(endpoint). Is a coordinator listening there, and is this a token of its? Enrol again when it is: "
                + "the token is not lost"
        }
    }
}
