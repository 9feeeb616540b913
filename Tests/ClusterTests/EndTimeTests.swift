import Cluster
import Foundation
import Testing

@Suite("The end that a worker is told")
struct EndTimeTests {
    private static let calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .current
        return calendar
    }()
    /// 2026-03-01T10:30:00Z.
    private static let now = Date(timeIntervalSince1970: 1_772_361_000)

    private func end(_ text: String) -> Double? {
        EndTime(text, now: Self.now, calendar: Self.calendar)?.date.timeIntervalSince(Self.now)
    }

    @Test(
        "A time of day is the next one, a date is itself, and a number counts from 1970",
        arguments: [
            ("10:31", 60.0), ("23:59", 48_540), ("10:30", 86_400), ("00:00", 48_600), ("9:05", 81_300),
            ("2026-03-01T10:30:10Z", 10), ("2026-03-02T10:30:00+01:00", 82_800), ("1772361060", 60),
            ("1772360000.5", -999.5),
        ])
    func reads(text: String, seconds: Double) {
        #expect(end(text) == seconds)
    }

    @Test(
        "What is no time is none",
        arguments: [
            "", "soon", "24:00", "12:60", "12", "12:", ":30", "1:2:3", "-1:00", "2026-13-01T00:00:00Z", "nan", "inf",
        ])
    func refuses(text: String) {
        // A bare number counts from 1970.
        #expect(text == "12" ? end(text) == 12 - 1_772_361_000 : end(text) == nil)
    }

    @Test("An end that has come leaves no time")
    func past() throws {
        #expect(try #require(EndTime("1")).secondsFromNow == 0)
    }
}
