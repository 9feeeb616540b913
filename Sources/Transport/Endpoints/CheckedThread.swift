import Foundation

/// Threads whose creation may fail, as it does under limits on memory or processes. Foundation's threads keep silent about
/// that, and whoever waits for what such a thread was to do waits for ever.
package enum CheckedThread {
    /// Starts a thread.
    ///
    /// - Parameter name: for debuggers; of at most 15 bytes.
    /// - Throws: ``TransportError/call(_:on:reason:)`` if the system refuses another thread.
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(TransportError) {
        let work = Unmanaged.passRetained(ThreadWork(name, body))
        let code = create(work.toOpaque())
        guard code != 0 else { return }
        work.release()
        let reason = String(cString: strerror(code))
        throw TransportError.call(
            "pthread_create", on: "the thread \(name)",
            reason: "\(reason); raise the limits on memory (ulimit -v) and processes (ulimit -u)")
    }

    /// - Returns: 0, or the system's error number.
    private static func create(_ work: UnsafeMutableRawPointer) -> Int32 {
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, threadMain, work)
        if code == 0 { pthread_detach(thread) }
        return code
    }
}

private final class ThreadWork: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func threadMain(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let pointer else { return nil }
    let work = Unmanaged<ThreadWork>.fromOpaque(pointer).takeRetainedValue()
    Thread.current.name = work.name
    work.body()
    return nil
}
