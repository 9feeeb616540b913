package import Identities

/// How many units of one kind took how long since the coordinator started: by their share of their pass's time, each unit
/// once.
package struct UnitSeconds: Codable, Sendable, Equatable {
    /// The upper ends of all buckets but the last, which has none.
    package static let bounds = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000]

    package let kind: CostKind
    /// Units in each bucket, one more than ``bounds``.
    package private(set) var counts = Array(repeating: 0, count: bounds.count + 1)
    /// Of all units together.
    package private(set) var sum = 0.0

    package init(_ kind: CostKind) { self.kind = kind }

    /// - Parameter seconds: as a worker says; what is no duration is left out.
    package mutating func add(_ seconds: Double) {
        guard seconds >= 0, seconds.isFinite else { return }
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        sum += seconds
    }
}
