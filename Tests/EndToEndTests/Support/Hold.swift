import Foundation

/// Stops processes for a quarter of a second. A loop that polls ten times a second and calls it leaves them a third of the
/// time or less, so that their work outlasts what the test does meanwhile, however fast the machine is.
///
/// - Parameter signal: sends a signal to the processes.
func hold(_ signal: (Int32) throws -> Void) rethrows {
    try signal(SIGSTOP)
    Thread.sleep(forTimeInterval: 0.25)
    try signal(SIGCONT)
}
