import CZeroMQ

/// Wakes a polling thread from any other thread.
package final class WakeUp: Sendable {
    package let descriptor: Int32

    package init() throws(TransportError) {
        descriptor = probesweep_eventfd()
        guard descriptor >= 0 else { throw .lastError(of: "eventfd", on: "the process") }
    }

    deinit { close(descriptor) }

    package func signal() {
        var one: UInt64 = 1
        // A full counter already wakes the reader, so a failed write loses nothing.
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    package func reset() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}
