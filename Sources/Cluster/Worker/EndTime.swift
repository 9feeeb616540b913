package import Foundation

/// A time at which this process will be ended from outside.
package struct EndTime: Sendable, Equatable {
    package var date: Date

    /// Seconds from now, not negative, and a century at most: later instants do not fit clocks in nanoseconds.
    package var secondsFromNow: Double { min(max(0, date.timeIntervalSinceNow), 36_525 * 86_400) }

    package init(date: Date) { self.date = date }

    /// The end of the Slurm job that a process runs in, and what says so; nil for none, and for a job without an end.
    ///
    /// Not every version of Slurm says it in the job's environment; then `scontrol` is asked.
    ///
    /// - Parameters:
    ///   - environment: that of the process.
    ///   - ask: what a command prints; nil if it fails.
    package static func ofBatchJob(
        _ environment: [String: String], calendar: Calendar = .current,
        ask: ([String]) -> String? = EndTime.askSystem
    ) -> (end: EndTime, source: String)? {
        if let end = environment["SLURM_JOB_END_TIME"].flatMap({ EndTime($0) }) { return (end, "SLURM_JOB_END_TIME") }
        guard let job = SlurmJob(environment), let answer = ask(job.question),
            let date = SlurmJob.end(in: answer, calendar: calendar)
        else { return nil }
        return (EndTime(date: date), job.question.joined(separator: " "))
    }

    /// What a command prints within ten seconds: a controller that is down must not hold the worker up.
    package static func askSystem(_ command: [String]) -> String? {
        var environment = ProcessInfo.processInfo.environment
        // Users may have chosen another form of times.
        environment["SLURM_TIME_FORMAT"] = "standard"
        return SystemCommand.output(of: command, environment: environment, within: 10)
    }

    /// Reads `HH:MM` in the time zone of this machine, ISO 8601, or seconds since 1970.
    package init?(_ text: String, now: Date = .now, calendar: Calendar = .current) {
        if let seconds = Double(text), seconds.isFinite {
            date = Date(timeIntervalSince1970: seconds)
        } else if let date = try? Date(text, strategy: .iso8601) {
            self.date = date
        } else if let date = Self.nextTime(text, after: now, in: calendar) {
            self.date = date
        } else {
            return nil
        }
    }

    private static func nextTime(_ text: String, after now: Date, in calendar: Calendar) -> Date? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let hour = parts[0], let minute = parts[1], 0..<24 ~= hour, 0..<60 ~= minute else {
            return nil
        }
        return calendar.nextDate(
            after: now, matching: DateComponents(hour: hour, minute: minute), matchingPolicy: .nextTime)
    }
}
