package import Foundation

/// A place on the allow list that the holder of a one-time token may put its own key in.
package struct Invitation: Hashable, Sendable {
    /// The token's.
    package var publicKey: CurveKey
    /// Of the peer that will enrol.
    package var name: String
    /// What the peer will be: a worker or a client.
    package var role: Role
    package var isOperator = false
    /// To the second.
    package var expires: Date

    /// The peer that a key makes of it.
    func peer(with key: CurveKey) -> Peer {
        Peer(role: role, name: name, publicKey: key, isOperator: isOperator)
    }

    /// The word that the allow list and tokens have for the role.
    var roleWord: String { isOperator ? Peer.operatorWord : role.rawValue }

    /// Nil for a word that is no role of a worker or client.
    init?(publicKey: CurveKey, name: String, roleWord: String, expires: Date) {
        let isOperator = roleWord == Peer.operatorWord
        guard let role = isOperator ? .client : Role(rawValue: roleWord), [.worker, .client].contains(role) else {
            return nil
        }
        self.init(publicKey: publicKey, name: name, role: role, isOperator: isOperator, expires: expires)
    }

    package init(publicKey: CurveKey, name: String, role: Role, isOperator: Bool = false, expires: Date) {
        self.publicKey = publicKey
        self.name = name
        self.role = role
        self.isOperator = isOperator
        self.expires = Date(timeIntervalSince1970: expires.timeIntervalSince1970.rounded(.down))
    }
}

/// Why a key was not accepted in a token's place.
package enum EnrolmentRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// Another key was.
    case used(name: String)
    case expired(name: String, at: Date)
    /// The key that should be accepted is on the list already.
    case keyTaken
    /// The token's key is not on the list, or not any more.
    case unknown
    /// The list cannot be changed.
    case failed(TransportError)

    package var description: String {
        switch self {
        case .used(let name): "this token for \"\(name)\" has been used; `probesweep keys invite` makes another"
        case .expired(let name, let date):
            "this token for \"\(name)\" expired at \(date.formatted(.iso8601)); `probesweep keys invite` makes another"
        case .keyTaken: "the key is on the allow list already; enrol with a key of its own"
        case .unknown: "this token is not on the coordinator's allow list: it was revoked, or is another coordinator's"
        case .failed(let error): "the coordinator cannot change its allow list: \(error)"
        }
    }
}
