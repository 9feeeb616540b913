package import Foundation

/// A time at which this process will be ended from outside.
package struct EndTime: Sendable, Equatable {
    package var date: Date

    /// Seconds from now, not negative.
    package var secondsFromNow: Double { max(0, date.timeIntervalSinceNow) }

    /// The end of the Slurm job that this process runs in, if it does.
    package static var ofBatchJob: EndTime? {
        ProcessInfo.processInfo.environment["SLURM_JOB_END_TIME"].flatMap { EndTime($0) }
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
