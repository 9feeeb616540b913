import Foundation

/// One line of `probesweep keys list`: a peer or a token, without its secret.
package struct ListedKey: Equatable, Sendable, Encodable {
    package var name: String
    /// `worker`, `client` or `invitation`.
    package var role: String
    /// Whether it is a client, or a token for one, that may change sweeps of others.
    package var isOperator: Bool
    package var publicKey: String
    /// For a token: what it makes its holder.
    package var invites: String?
    /// For a token; ISO 8601.
    package var expires: String?
    /// Whether it has said that it has the coordinator's next key; nil while none is prepared, and for tokens.
    package var knowsNextKey: Bool?

    private enum CodingKeys: String, CodingKey {
        case name, role, publicKey, invites, expires, knowsNextKey
        case isOperator = "operator"
    }
}

extension KeyDirectory {
    /// Peers, and tokens that have not been used, in the order of the allow list.
    package func list() throws(TransportError) -> [ListedKey] {
        let document = try allowList.read()
        let allowed = AllowList.peers(of: document)
        let isRotating = FileManager.default.fileExists(atPath: nextCoordinatorFile)
        let knowing = isRotating ? document.nextCoordinator.map(knowing) : nil
        return document.entries.compactMap { entry in
            switch entry {
            case .peer(let peer):
                ListedKey(
                    name: peer.name, role: peer.role.rawValue,
                    isOperator: allowed[peer.publicKey]?.isOperator ?? peer.isOperator,
                    publicKey: peer.publicKey.text, knowsNextKey: knowing?.contains(peer.publicKey))
            case .invitation(let invitation):
                ListedKey(
                    name: invitation.name, role: Role.invitation.rawValue, isOperator: invitation.isOperator,
                    publicKey: invitation.publicKey.text, invites: invitation.role.rawValue,
                    expires: invitation.expires.formatted(.iso8601))
            case .used, .nextCoordinator: nil
            }
        }
    }

    /// The names of peers that have not said that they know the coordinator's next key; nil while none is prepared.
    package func namesWithoutNextKey() throws(TransportError) -> [String]? {
        let keys = try list()
        guard keys.contains(where: { $0.knowsNextKey != nil }) else { return nil }
        return keys.filter { $0.knowsNextKey == false }.map(\.name)
    }
}
