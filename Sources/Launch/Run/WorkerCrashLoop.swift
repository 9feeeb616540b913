/// A worker of a local cluster that cannot work: it ended soon after every start, or does not join.
package struct WorkerCrashLoop: Error, Equatable, CustomStringConvertible {
    let failure: Fleet.Failure
    /// The file that the worker's standard error goes to.
    let log: String

    init(_ failure: Fleet.Failure, log: String) {
        self.failure = failure
        self.log = log
    }

    package var description: String {
        """
        worker \(failure.member) \(story); its log, \(log), \(lastLine.map { "ends with “\($0)”" } ?? "says nothing about it"). \
        Finished results are kept: fix the cause and run the same command again
        """
    }

    private var story: String {
        switch failure.fault {
        case .ended(.failed(let status, _)):
            "exited soon after its start \(failure.times) times in a row, the last time with status \(status)"
        case .ended(.interrupted(let reason, _)):
            "was ended soon after its start \(failure.times) times in a row, the last time by \(reason)"
        case .ended(.completed):
            "left soon after its start \(failure.times) times in a row without having joined"
        case .notJoined(let seconds):
            "has not joined within \(Int(seconds)) s of its start"
        case .refused(let reason):
            "could not be started \(failure.times) times in a row (\(reason))"
        }
    }

    /// The last line that it wrote there, nil if it wrote nothing.
    private var lastLine: String? {
        switch failure.fault {
        case .ended(.failed(_, let words)), .ended(.interrupted(_, let words)): words
        default: LogTail.lastLine(of: log)
        }
    }
}
