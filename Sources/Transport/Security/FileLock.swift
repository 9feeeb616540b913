import Foundation

/// A lock between processes, and between the threads of one, on a file beside what it guards.
package struct FileLock {
    private let descriptor: Int32

    /// Waits for whoever holds the lock on this path.
    /// - Throws: ``TransportError/unwritable(path:reason:)`` if the file cannot be made, or is a link.
    package init(_ path: String) throws(TransportError) {
        descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            let reason = errno == ELOOP ? "it is a symbolic link" : String(cString: strerror(errno))
            throw .unwritable(path: path, reason: reason)
        }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno != EINTR else { continue }
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw .call("flock", on: path, reason: reason)
        }
    }

    package func release() { close(descriptor) }

    /// Runs the body while nobody else holds the lock on this path.
    package static func hold<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        let lock = try FileLock(path)
        defer { lock.release() }
        return try body()
    }

    /// The same for a body that throws errors of this room alone.
    static func hold<Value>(
        _ path: String, _ body: () throws(TransportError) -> Value
    ) throws(TransportError) -> Value {
        let lock = try FileLock(path)
        defer { lock.release() }
        return try body()
    }
}
