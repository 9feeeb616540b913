import Foundation

/// The text that key files and tokens share: a first line, remarks, and a field a line.
struct KeyFileText {
    private static let header = "probesweep-keys 1"

    private let path: String
    private let fields: [String: String]

    /// - Parameter path: where the text is from, for errors.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` if the first line is another.
    init(_ text: String, path: String) throws(TransportError) {
        self.path = path
        var lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }[...]
        guard lines.popFirst() == Self.header[...] else {
            throw .keyFile(
                path: path, problem: "the first line is not \"\(Self.header)\"",
                remedy: "Pass a file that `probesweep keys` wrote")
        }
        var fields: [String: String] = [:]
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2 else { continue }
            fields[String(words[0])] = words[1].trimmingCharacters(in: .whitespaces)
        }
        self.fields = fields
    }

    func problem(_ problem: String) -> TransportError {
        .keyFile(path: path, problem: problem, remedy: "Make a new one with `probesweep keys`")
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

    /// Nil where the field is missing.
    func optionalKey(_ name: String) throws(TransportError) -> CurveKey? {
        fields[name] == nil ? nil : try key(name)
    }

    func pair() throws(TransportError) -> KeyPair {
        KeyPair(secretKey: try key("secret"), publicKey: try key("public"))
    }

    /// Who the coordinator is, and will be.
    func coordinators() throws(TransportError) -> CoordinatorKeys {
        CoordinatorKeys(current: try key("coordinator"), next: try optionalKey("coordinator-next"))
    }

    static func text(remark: String, _ fields: [(String, String)]) -> String {
        ([header, "# " + remark] + fields.map { "\($0) \($1)" }).map { $0 + "\n" }.joined()
    }

    /// The text with other keys of the coordinator; everything else stays as it is.
    static func text(_ text: String, naming coordinators: CoordinatorKeys) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        lines.removeAll { $0.hasPrefix("coordinator ") || $0.hasPrefix("coordinator-next ") }
        return (lines + coordinators.fields.map { "\($0) \($1)" }).map { $0 + "\n" }.joined()
    }
}

/// The public keys by which a worker or client knows its coordinator.
package struct CoordinatorKeys: Equatable, Sendable {
    package var current: CurveKey
    /// The one that it will have after the change of keys that is under way; nil if none is.
    package var next: CurveKey?

    package init(current: CurveKey, next: CurveKey? = nil) {
        self.current = current
        self.next = next
    }

    var all: [CurveKey] { [current] + (next.map { [$0] } ?? []) }

    /// As key files have them.
    var fields: [(String, String)] {
        [("coordinator", current.text)] + (next.map { [("coordinator-next", $0.text)] } ?? [])
    }
}
