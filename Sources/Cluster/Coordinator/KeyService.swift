import Dispatch
import Foundation
import Logging
import Synchronization
import Transport

/// Changes the folder of keys for the coordinator: accepts the keys of those who hold tokens, and remembers who knows the
/// coordinator's next key. It works on a thread of its own, since every change is written down to the disk, and takes what
/// waits together: a thousand workers that enrol at once are a few changes of the list.
final class KeyService: Sendable {
    private struct Request {
        let key: CurveKey
        let token: Peer
        let answer: @Sendable (WireEnrolmentReply) -> Void
    }

    private let directory: KeyDirectory
    private let allowList: AllowList
    private let publicKey: CurveKey
    private let logger: Logger
    private let queue = DispatchQueue(label: "keys")
    private let requests = Mutex<[Request]>([])
    private let known = Mutex<[CurveKey: Set<Peer>]>([:])

    /// - Parameters:
    ///   - publicKey: the coordinator's own.
    ///   - allowList: its folder is the one that is changed.
    init(publicKey: CurveKey, allowList: AllowList, logger: Logger) {
        directory = KeyDirectory(path: URL(filePath: allowList.path).deletingLastPathComponent().path)
        self.allowList = allowList
        self.publicKey = publicKey
        self.logger = logger
        queue.async { [self] in noteStart() }
    }

    /// Accepts a key in the place of a token. The answer is given, on another thread, once that is on the disk.
    func enrol(_ message: WireEnrol, token: Peer, answer: @escaping @Sendable (WireEnrolmentReply) -> Void) {
        guard let key = CurveKey(bytes: Array(message.publicKey)) else { return }
        let isFirst = requests.withLock { requests in
            requests.append(Request(key: key, token: token, answer: answer))
            return requests.count == 1
        }
        if isFirst { queue.async { [self] in enrolAll() } }
    }

    /// Remembers that a peer has the coordinator's next key, or logs why it has not. Nobody was told any other key.
    func note(_ message: WireNextKeyKnown, of peer: Peer) {
        guard let key = CurveKey(bytes: Array(message.publicKey)), key == allowList.nextCoordinator, key != publicKey
        else { return }
        let name: Logger.Metadata = ["name": "\(peer.name)"]
        guard message.problem.isEmpty else {
            return logger.warning(
                "a peer cannot keep the next key",
                metadata: name.merging(["problem": "\(message.problem)"]) { first, _ in first })
        }
        logger.info("a peer has the next key", metadata: name)
        let isFirst = known.withLock { known in
            known[key, default: []].insert(peer)
            return known.values.reduce(0) { $0 + $1.count } == 1
        }
        if isFirst { queue.async { [self] in noteAll() } }
    }

    private func noteStart() {
        do throws(TransportError) {
            try directory.noteStart(with: publicKey)
        } catch {
            logger.error("that the change of keys is over is not written down", metadata: ["problem": "\(error)"])
        }
    }

    private func enrolAll() {
        let requests = requests.withLock { requests in
            defer { requests = [] }
            return requests
        }
        let outcomes = directory.enrol(requests.map { ($0.key, $0.token.publicKey) })
        for (request, outcome) in zip(requests, outcomes) {
            log(outcome, request.token)
            request.answer(WireEnrolmentReply(outcome))
        }
    }

    private func log(_ outcome: Result<Peer, EnrolmentRefusal>, _ token: Peer) {
        switch outcome {
        case .success(let peer):
            logger.info("enrolled", metadata: ["name": "\(peer.name)", "role": "\(peer.role.rawValue)"])
        case .failure(let refusal):
            logger.warning("enrolment refused", metadata: ["name": "\(token.name)", "reason": "\(refusal)"])
        }
    }

    private func noteAll() {
        let known = known.withLock { known in
            defer { known = [:] }
            return known
        }
        for (key, peers) in known {
            do throws(TransportError) {
                try directory.noteKnown(next: key, by: Array(peers))
            } catch {
                logger.error("who has the next key is not written down", metadata: ["problem": "\(error)"])
            }
        }
    }
}

extension WireEnrolmentReply {
    fileprivate init(_ outcome: Result<Peer, EnrolmentRefusal>) {
        self.init()
        switch outcome {
        case .success: enrolled = WireEnrolled()
        case .failure(let refusal): refused.reason = "\(refusal)"
        }
    }
}
