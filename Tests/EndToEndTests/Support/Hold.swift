import Foundation

/// Stops processes for a quarter of a second, and lets them run for a tenth. A loop that calls it leaves them a third of the
/// time or so: their work outlasts what the test does meanwhile, however fast the machine is, and no connection is lost.
///
/// - Parameter signal: sends a signal to the processes.
func hold(_ signal: (Int32) throws -> Void) rethrows {
    try signal(SIGSTOP)
    Thread.sleep(forTimeInterval: 0.25)
    try signal(SIGCONT)
    Thread.sleep(forTimeInterval: 0.1)
}
