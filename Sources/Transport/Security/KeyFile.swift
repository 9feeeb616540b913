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
/// ```
///
/// Lines that start with `#` are comments. Nobody but its owner may have any permission on the file.
package struct KeyFile: Equatable, Sendable {
    package var role: Role
    package var name: String
    package var keys: KeyPair
    /// The coordinator's public key; nil in the coordinator's own file.
    package var coordinator: CurveKey?

    package init(role: Role, name: String, keys: KeyPair, coordinator: CurveKey?) {
        self.role = role
        self.name = name
        self.keys = keys
        self.coordinator = coordinator
    }

    /// The security that a worker or client connects with.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` if this is the coordinator's own file.
    package func dealerSecurity(path: String) throws(TransportError) -> DealerSecurity {
        guard let coordinator else {
            throw .keyFile(
                path: path, problem: "it holds the coordinator's own keys",
                remedy: "Connect with worker.keys or client.keys from the same folder")
        }
        return .curve(keys, coordinator: coordinator)
    }

    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` for a file that others may read, or that lacks a
    ///   field.
    package static func read(_ path: String) throws(TransportError) -> KeyFile {
        let text = try PrivateFile.read(path)
        let fields = try parse(text, path: path)
        func problem(_ problem: String) -> TransportError {
            .keyFile(path: path, problem: problem, remedy: "Make a new one with `probesweep keys new`")
        }
        func field(_ name: String) throws(TransportError) -> String {
            guard let value = fields[name] else { throw problem("the field \(name) is missing") }
            return value
        }
        func key(_ name: String) throws(TransportError) -> CurveKey {
            guard let key = CurveKey(try field(name)) else {
                throw problem("the field \(name) is not a key of 40 characters of Z85")
            }
            return key
        }
        guard let role = Role(rawValue: try field("role")) else {
            throw problem("the role \(try field("role")) is not one of coordinator, worker, client")
        }
        let coordinator = role == .coordinator ? nil : try key("coordinator")
        let pair = KeyPair(secretKey: try key("secret"), publicKey: try key("public"))
        return KeyFile(role: role, name: try field("name"), keys: pair, coordinator: coordinator)
    }

    private static func parse(_ text: String, path: String) throws(TransportError) -> [String: String] {
        var lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }[...]
        guard lines.popFirst() == "probesweep-keys 1" else {
            throw .keyFile(
                path: path, problem: "the first line is not \"probesweep-keys 1\"",
                remedy: "Pass a file that `probesweep keys new` wrote")
        }
        var fields: [String: String] = [:]
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2 else { continue }
            fields[String(words[0])] = words[1].trimmingCharacters(in: .whitespaces)
        }
        return fields
    }

    /// Writes a new file that only its owner can read.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` if the file exists: a key is never overwritten.
    package func write(_ path: String) throws(TransportError) {
        var lines = [
            "probesweep-keys 1", "# Secret: whoever holds this file can speak as \"\(name)\".", "role \(role.rawValue)",
            "name \(name)", "public \(keys.publicKey.text)", "secret \(keys.secretKey.text)",
        ]
        if let coordinator { lines.append("coordinator \(coordinator.text)") }
        try PrivateFile.create(path, text: lines.joined(separator: "\n") + "\n")
    }
}
