import Dispatch
import Foundation

/// Turns process signals into calls on a queue of their own, in place of their default effect.
package final class Signals: Sendable {
    // Written once in init and read once in deinit, so never from two threads at a time.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    package init(_ signals: [Int32], handler: @escaping @Sendable (Int32) -> Void) {
        let queue = DispatchQueue(label: "probesweep.signals")
        sources = signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { handler(number) }
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
    }
}
