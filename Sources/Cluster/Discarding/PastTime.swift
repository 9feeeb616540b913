package import Foundation

/// A time in the past, as users write it.
package struct PastTime: Sendable, Equatable {
    package var date: Date

    /// Reads a duration before now (`90s`, `30m`, `2h`, `7d`), the last `HH:MM` in the time zone of this machine, ISO
    /// 8601, or seconds since 1970.
    package init?(_ text: String, now: Date = .now, calendar: Calendar = .current) {
        if let seconds = Self.duration(text) {
            date = now - seconds
        } else if let end = EndTime(text, now: now, calendar: calendar) {
            // A time without a date is the next one for an `EndTime`, but the last one here.
            date =
                text.contains("T") || Double(text) != nil
                ? end.date : calendar.date(byAdding: .day, value: -1, to: end.date) ?? end.date - 86_400
        } else {
            return nil
        }
    }

    private static func duration(_ text: String) -> Double? {
        let seconds: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ seconds[$0] }), let count = Double(text.dropLast()), count >= 0,
            count.isFinite
        else { return nil }
        return count * unit
    }
}
