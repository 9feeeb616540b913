import Dispatch
import Foundation

/// Ends this process when its parent is gone, so that a local cluster leaves no workers behind when it is killed.
package final class ParentWatchdog: Sendable {
    // Written once in init and read once in deinit, so never from two threads at a time.
    private nonisolated(unsafe) let timer: any DispatchSourceTimer

    package init(parent: Int32) {
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "probesweep.leash"))
        timer.schedule(deadline: .now(), repeating: .milliseconds(250))
        timer.setEventHandler { if getppid() != parent { _exit(1) } }
        timer.resume()
    }

    deinit { timer.cancel() }
}
