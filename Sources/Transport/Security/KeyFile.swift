import Foundation

/// The keys of one process, as `--keys FILE` reads them: its own pair and, except for the coordinator itself, the
/// public key of the coordinator that it will talk to.
///
/// ```
/// probesweep-keys 1
/// role worker
/// name worker
/// public <40 characters of Z85>
/// secret <40 characters of Z85>
/// coordinator <40 characters of Z85>
/// coordinator-next <40 characters of Z85, while the coordinator's keys are being changed>
/// ```
///
/// Lines that start with `#` are comments. Nobody but its owner may have any permission on the file; see ``SecretAccess``.
package struct KeyFile: Equatable, Sendable {
    package var role: Role
    package var name: String
    package var keys: KeyPair
    /// The coordinator's public keys; nil in the coordinator's own file.
    package var coordinators: CoordinatorKeys?

    package init(role: Role, name: String, keys: KeyPair, coordinators: CoordinatorKeys?) {
        self.role = role
        self.name = name
        self.keys = keys
        self.coordinators = coordinators
    }

    /// The security that a worker or client connects with.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` if this is the coordinator's own file.
    package func dealerSecurity(path: String) throws(TransportError) -> DealerSecurity {
        guard let coordinators else {
            throw .keyFile(
                path: path, problem: "it holds the coordinator's own keys",
                remedy: "Connect with worker.keys or client.keys from the same folder")
        }
        return .curve(keys, coordinators: coordinators, file: path)
    }

    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` for a file that others may read, or that lacks a
    ///   field.
    package static func read(_ path: String) throws(TransportError) -> KeyFile {
        let text = try KeyFileText(try PrivateFile.read(path), path: path)
        let word = try text.field("role")
        guard let role = Role(rawValue: word) else {
            throw text.problem("the role \(word) is not one of coordinator, worker, client")
        }
        guard role != .invitation else {
            throw .keyFile(
                path: path, problem: "it is a token, with which keys are asked for",
                remedy: "Pass it as --enrol to a worker, or to `probesweep keys enrol`")
        }
        let coordinators = role == .coordinator ? nil : try text.coordinators()
        return KeyFile(role: role, name: try text.field("name"), keys: try text.pair(), coordinators: coordinators)
    }

    /// The public key of a file whose keys nobody is going to use, whoever may read it. Nil if it is no key file.
    static func publicKey(ofUnused path: String) -> CurveKey? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return try? KeyFileText(text, path: path).key("public")
    }

    /// Writes a new file that only its owner can read.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` if the file exists: a key is never overwritten.
    package func write(_ path: String) throws(TransportError) { try PrivateFile.create(path, text: text) }

    /// Writes the file, in the place of one that may be there.
    package func replace(_ path: String) throws(TransportError) { try PrivateFile.replace(path, text: text) }

    private var text: String {
        KeyFileText.text(
            remark: "Secret: whoever holds this file can speak as \"\(name)\".",
            [
                ("role", role.rawValue), ("name", name), ("public", keys.publicKey.text),
                ("secret", keys.secretKey.text),
            ] + (coordinators?.fields ?? []))
    }

    /// Changes the coordinator's keys in a file, at once for everybody who reads it, and through symbolic links.
    ///
    /// - Returns: whether the file had others.
    /// - Throws: ``TransportError`` if it cannot be read or written.
    static func setCoordinators(_ coordinators: CoordinatorKeys, in path: String) throws(TransportError) -> Bool {
        let (text, owner) = try PrivateFile.readOwned(path)
        guard try KeyFileText(text, path: path).coordinators() != coordinators else { return false }
        try PrivateFile.replace(
            URL(filePath: path).resolvingSymlinksInPath().path, text: KeyFileText.text(text, naming: coordinators),
            owner: owner)
        return true
    }
}
