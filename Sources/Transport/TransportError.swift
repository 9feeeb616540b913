/// Errors between processes, with what to do about them.
package enum TransportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A ZeroMQ or system call failed on an endpoint or file.
    case call(String, on: String, reason: String)
    /// A file or folder cannot be made or written.
    case unwritable(path: String, reason: String)
    /// A TCP endpoint without keys was asked for.
    case insecureEndpoint(String)
    /// A key file or allow list is unusable.
    case keyFile(path: String, problem: String, remedy: String)
    /// A message breaks the rules of the protocol in this field.
    case malformed(field: String, problem: String)
    /// A message exceeds what its receiver accepts in one frame.
    case oversize(bytes: Int, limit: Int)
    /// A peer's key does not permit what it sent; the request's number if it was a client's message.
    case notPermitted(role: String, name: String, request: UInt64? = nil)

    package var description: String {
        switch self {
        case .call(let name, let place, let reason):
            "\(name) failed on \(place): \(reason)."
        case .unwritable(let path, let reason):
            "\(path) cannot be written: \(reason). Check path, permissions and free space."
        case .insecureEndpoint(let endpoint):
            "\(endpoint) has no keys. "
                + "TCP is always encrypted and authenticated: pass --keys, made by `probesweep keys new`."
        case .keyFile(let path, let problem, let remedy):
            "\(path): \(problem). \(remedy)."
        case .malformed(let field, let problem):
            "Malformed message, field \(field): \(problem)."
        case .oversize(let bytes, let limit):
            "A message of \(bytes) bytes exceeds the limit of \(limit) bytes of one frame: send it in parts."
        case .notPermitted(let role, let name, _):
            "The key \"\(name)\" has the role \(role) and may not send this kind of message."
        }
    }
}
