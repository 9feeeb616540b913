/// A worker of a local cluster that cannot work: it ended soon after every start, or does not join.
package struct WorkerCrashLoop: Error, Equatable, CustomStringConvertible {
    package enum Fault: Equatable, Sendable {
        /// The last exit status, after so many consecutive failures.
        case exited(status: Int32, times: Int)
        /// The signal that ended it before it had joined.
        case killed(signal: Int32, times: Int)
        /// It runs, and the coordinator has not heard of it.
        case notJoined(seconds: Int)
    }

    package let worker: String
    package let fault: Fault
    /// The file that the worker's standard error goes to.
    package let log: String
    /// The last line that it wrote there, nil if it wrote nothing.
    package let lastLine: String?

    package var description: String {
        """
        worker \(worker) \(story); its log, \(log), \(lastLine.map { "ends with “\($0)”" } ?? "says nothing about it"). \
        Finished results are kept: fix the cause and run the same command again
        """
    }

    private var story: String {
        switch fault {
        case .exited(let status, let times):
            "exited soon after its start \(times) times in a row, the last time with status \(status)"
        case .killed(let signal, let times):
            "was ended by a signal soon after its start \(times) times in a row, the last time by signal \(signal)"
        case .notJoined(let seconds):
            "has not joined within \(seconds) s of its start"
        }
    }
}
