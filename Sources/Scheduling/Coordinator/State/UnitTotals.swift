/// Units that all workers together finished and failed.
struct UnitTotals: Sendable, Codable {
    var finished = 0
    var failed = 0
}
