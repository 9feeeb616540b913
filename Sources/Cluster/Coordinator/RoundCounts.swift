/// Counts what happens often, so that a log tells of the 1st, the 10th, the 100th time.
package struct RoundCounts: Sendable {
    /// Names that are told apart; all others count as one.
    private let most: Int
    private var times: [String: Int] = [:]

    package init(most: Int = .max) { self.most = most }

    /// Counts one more; whether the count is a power of ten now.
    package mutating func isRound(_ name: String) -> Bool {
        let name = times[name] == nil && times.count >= most ? "" : name
        let count = times[name, default: 0] + 1
        times[name] = count
        var power = 1
        while power < count { power *= 10 }
        return power == count
    }
}
