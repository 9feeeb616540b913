/// A point on a monotonic clock of the process, in nanoseconds; scheduling never uses wall clocks.
public struct Instant: Comparable, Hashable, Sendable, Codable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The instant that lies so many seconds after the clock's zero.
    public init(seconds: Double) { self.nanoseconds = Int64(seconds * 1e9) }

    /// The time from the clock's zero to this instant, in seconds.
    public var seconds: Double { Double(nanoseconds) / 1e9 }

    /// Seconds from `earlier` to this instant; negative if it is the later one.
    public func seconds(since earlier: Instant) -> Double { Double(nanoseconds - earlier.nanoseconds) / 1e9 }

    public static func < (first: Instant, second: Instant) -> Bool { first.nanoseconds < second.nanoseconds }

    /// The instant `seconds` later, or the last instant there is.
    public static func + (start: Instant, seconds: Double) -> Instant {
        let nanoseconds = seconds * 1e9
        guard nanoseconds < 9e18 else { return .distantFuture }
        let (sum, overflow) = start.nanoseconds.addingReportingOverflow(Int64(nanoseconds))
        return overflow ? .distantFuture : Instant(nanoseconds: sum)
    }

    /// Later than anything that happens.
    public static let distantFuture = Instant(nanoseconds: .max)
}
