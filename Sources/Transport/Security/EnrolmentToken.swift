import Foundation

/// A one-time token, with which a worker or client has a key of its own put on the allow list.
///
/// It is a CURVE pair itself, so that it authenticates and encrypts what is said with it, and has the format of key files:
///
/// ```
/// probesweep-keys 1
/// role invitation
/// name worker-1
/// invites worker
/// expires 2026-01-31T12:00:00Z
/// public <40 characters of Z85>
/// secret <40 characters of Z85>
/// coordinator <40 characters of Z85>
/// ```
package struct EnrolmentToken: Equatable, Sendable {
    package let invitation: Invitation
    private let keys: KeyPair
    private let coordinators: CoordinatorKeys

    /// A new random one.
    init(
        role: Role, name: String, isOperator: Bool, expires: Date, coordinators: CoordinatorKeys
    ) throws(TransportError) {
        keys = try .generate()
        invitation = Invitation(
            publicKey: keys.publicKey, name: name, role: role, isOperator: isOperator, expires: expires)
        self.coordinators = coordinators
    }

    /// - Parameter path: where the text is from, for errors.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` for a text that is no token.
    package init(_ text: String, path: String) throws(TransportError) {
        let text = try KeyFileText(text, path: path)
        guard try text.field("role") == Role.invitation.rawValue else {
            throw .keyFile(
                path: path, problem: "it is no token but keys of the role \(try text.field("role"))",
                remedy: "Pass it as --keys, or a file that `probesweep keys invite` wrote")
        }
        guard let expires = try? Date(try text.field("expires"), strategy: .iso8601) else {
            throw text.problem("the field expires is no time such as 2026-01-31T12:00:00Z")
        }
        keys = try text.pair()
        guard
            let invitation = Invitation(
                publicKey: keys.publicKey, name: try text.field("name"), roleWord: try text.field("invites"),
                expires: expires)
        else { throw text.problem("the field invites is not one of worker, client, operator") }
        self.invitation = invitation
        coordinators = try text.coordinators()
    }

    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` for a file that others may read, or that is no token.
    package static func read(_ path: String) throws(TransportError) -> EnrolmentToken {
        try EnrolmentToken(try PrivateFile.read(path), path: path)
    }

    package var text: String {
        KeyFileText.text(
            remark: "Secret: whoever holds this token can join once as \"\(invitation.name)\".",
            [
                ("role", Role.invitation.rawValue), ("name", invitation.name), ("invites", invitation.roleWord),
                ("expires", invitation.expires.formatted(.iso8601)), ("public", keys.publicKey.text),
                ("secret", keys.secretKey.text),
            ] + coordinators.fields)
    }

    /// The security to enrol with.
    package var security: DealerSecurity { .curve(keys, coordinators: coordinators, file: nil) }

    /// Whether keys are those that an attempt with this token, or another for the same peer, has made.
    package func isFor(_ keys: KeyFile) -> Bool {
        keys.name == invitation.name && keys.role == invitation.role && keys.coordinators == coordinators
    }

    /// The keys of the peer that the token is for, new and not accepted yet.
    package func newKeys() throws(TransportError) -> KeyFile {
        KeyFile(role: invitation.role, name: invitation.name, keys: try .generate(), coordinators: coordinators)
    }
}
