/// A crash loop: a worker of a local cluster exited soon after every start.
package struct WorkerCrashLoop: Error, Equatable, CustomStringConvertible {
    package let worker: String
    /// The last exit status.
    package let status: Int32
    /// Consecutive failures.
    package let times: Int
    /// The file that the worker's standard error goes to.
    package let log: String
    /// The last line that it wrote there, nil if it wrote nothing.
    package let lastLine: String?

    package var description: String {
        """
        worker \(worker) exited soon after its start \(times) times in a row, the last time with status \(status); \
        its log, \(log), \(lastLine.map { "ends with “\($0)”" } ?? "says nothing about it"). Finished results are \
        kept: fix the cause and run the same command again
        """
    }
}
