/// What is held against one unit.
struct Blame: Sendable {
    var failures: [FailureRecord] = []

    func count(_ cause: FailureRecord.Cause) -> Int { failures.count { $0.cause == cause } }

    /// The different workers that died of it.
    var deadNames: Set<String> { Set(failures.lazy.filter { $0.cause == .death }.map(\.worker)) }

    /// Workers that it is better not given to again.
    var names: Set<String> { Set(failures.lazy.map(\.worker)) }
}
