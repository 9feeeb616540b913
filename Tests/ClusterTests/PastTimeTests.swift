import Cluster
import Foundation
import Testing

@Suite("A time that lies behind")
struct PastTimeTests {
    private static let calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .current
        return calendar
    }()
    /// 2026-03-01T10:30:00Z.
    private static let now = Date(timeIntervalSince1970: 1_772_361_000)

    @Test(
        "is a duration, the last time of day, a date, or seconds since 1970",
        arguments: [
            ("90s", -90.0), ("30m", -1_800), ("2h", -7_200), ("1.5h", -5_400), ("7d", -604_800), ("10:29", -60),
            ("10:30", 0), ("10:31", -86_340), ("2026-03-01T10:00:00Z", -1_800), ("1772360940", -60),
        ])
    func reads(text: String, seconds: Double) {
        let time = PastTime(text, now: Self.now, calendar: Self.calendar)
        #expect(time?.date.timeIntervalSince(Self.now) == seconds)
    }

    @Test("is nothing else", arguments: ["", "h", "-2h", "2 weeks", "25:00", "yesterday"])
    func refuses(text: String) { #expect(PastTime(text) == nil) }
}
