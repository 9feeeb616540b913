import Foundation

/// What a line of the allow list says.
///
/// ```
/// worker|client|operator KEY NAME
/// invitation KEY NAME EXPIRES [worker|client|operator]
/// used KEY NAME EXPIRES PEERKEY
/// coordinator-next KEY
/// ```
///
/// A used token is remembered, so that its holder gets the same answer again if the first one was lost.
enum AllowListEntry: Hashable, Sendable {
    case peer(Peer)
    case invitation(Invitation)
    /// A token in whose place this key was accepted.
    case used(Invitation, by: CurveKey)
    /// The public key that the coordinator will have next.
    case nextCoordinator(CurveKey)

    private static let (invitationWord, usedWord, nextWord) = ("invitation", "used", "coordinator-next")

    /// Nil for a malformed line.
    init?(line: some StringProtocol) {
        let line = Substring(line)
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 2, let key = CurveKey(words[1]) else { return nil }
        switch words[0] {
        case Self.nextWord where words.count == 2: self = .nextCoordinator(key)
        case Self.invitationWord where words.count == 4 || words.count == 5:
            let role = words.count == 5 ? words[4] : Role.worker.rawValue
            guard let invitation = Invitation(key, words, roleWord: role) else { return nil }
            self = .invitation(invitation)
        case Self.usedWord where words.count == 5:
            guard let invitation = Invitation(key, words, roleWord: Role.worker.rawValue),
                let peer = CurveKey(words[4])
            else { return nil }
            self = .used(invitation, by: peer)
        default:
            guard let peer = Peer(line: line) else { return nil }
            self = .peer(peer)
        }
    }

    var line: String {
        switch self {
        case .peer(let peer):
            "\(peer.isOperator ? Peer.operatorWord : peer.role.rawValue) \(peer.publicKey.text) \(peer.name)"
        case .invitation(let invitation):
            "\(Self.invitationWord) \(invitation.words)"
                + (invitation.roleWord == Role.worker.rawValue ? "" : " \(invitation.roleWord)")
        case .used(let invitation, let peer): "\(Self.usedWord) \(invitation.words) \(peer.text)"
        case .nextCoordinator(let key): "\(Self.nextWord) \(key.text)"
        }
    }

    /// Whom the line is about; nil for the coordinator.
    var name: String? {
        switch self {
        case .peer(let peer): peer.name
        case .invitation(let invitation), .used(let invitation, _): invitation.name
        case .nextCoordinator: nil
        }
    }

    /// Who holds this line's key; nil for the coordinator. A used token still admits, for the answer.
    var peer: Peer? {
        switch self {
        case .peer(let peer): peer
        case .invitation(let invitation), .used(let invitation, _):
            Peer(role: .invitation, name: invitation.name, publicKey: invitation.publicKey)
        case .nextCoordinator: nil
        }
    }
}

extension Invitation {
    fileprivate var words: String { "\(publicKey.text) \(name) \(expires.formatted(.iso8601))" }

    fileprivate init?(_ key: CurveKey, _ words: [String], roleWord: String) {
        guard let expires = try? Date(words[3], strategy: .iso8601) else { return nil }
        self.init(publicKey: key, name: words[2], roleWord: roleWord, expires: expires)
    }
}

extension Peer {
    /// The first word of a client's line that makes it an operator.
    static let operatorWord = "operator"

    /// Reads `ROLE KEY NAME`, nil if it is malformed.
    fileprivate init?(line: Substring) {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count == 3, let key = CurveKey(String(words[1])) else { return nil }
        let isOperator = words[0] == Self.operatorWord
        guard let role = isOperator ? .client : Role(rawValue: String(words[0])), [.worker, .client].contains(role)
        else { return nil }
        self.init(role: role, name: String(words[2]), publicKey: key, isOperator: isOperator)
    }
}
