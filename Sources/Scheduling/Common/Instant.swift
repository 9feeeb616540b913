/// A point on a monotonic clock of the process, in nanoseconds; scheduling never uses wall clocks.
package struct Instant: Comparable, Hashable, Sendable, Codable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The instant that lies so many seconds after the clock's zero.
    package init(seconds: Double) { self.nanoseconds = Int64(seconds * 1e9) }

    /// The time from the clock's zero to this instant, in seconds.
    package var seconds: Double { Double(nanoseconds) / 1e9 }

    /// Seconds from `earlier` to this instant; negative if it is the later one.
    package func seconds(since earlier: Instant) -> Double { Double(nanoseconds - earlier.nanoseconds) / 1e9 }

    package static func < (first: Instant, second: Instant) -> Bool { first.nanoseconds < second.nanoseconds }

    /// The instant `seconds` later, or the last instant there is.
    package static func + (start: Instant, seconds: Double) -> Instant {
        let nanoseconds = seconds * 1e9
        guard nanoseconds < 9e18 else { return .distantFuture }
        let (sum, overflow) = start.nanoseconds.addingReportingOverflow(Int64(nanoseconds))
        return overflow ? .distantFuture : Instant(nanoseconds: sum)
    }

    /// Later than anything that happens.
    package static let distantFuture = Instant(nanoseconds: .max)
}
