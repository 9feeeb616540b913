import Numerics

/// Which kernel path a sweep on machines that may be unlike is pinned to: results are the same bits only on the same path.
enum KernelPin {
    /// Seconds after the first worker has joined for which the others are waited for.
    static let patience = 30.0

    /// Whether enough is known of the machines.
    ///
    /// - Parameters:
    ///   - joined: workers that have joined.
    ///   - outstanding: workers that are there or on their way.
    ///   - seconds: since the first has joined.
    static func isDecidable(joined: Int, of outstanding: Int, seconds: Double) -> Bool {
        joined > 0 && (joined >= outstanding || seconds >= patience)
    }

    /// The best path that all machines offer: each offers its best one and all slower ones.
    ///
    /// - Parameter best: the best path of each worker, as it named it.
    static func common(_ best: some Sequence<String>) -> KernelPath {
        let ranks = best.map { name in KernelPath.allCases.firstIndex { $0.rawValue == name } ?? 0 }
        return ranks.min().map { KernelPath.allCases[$0] } ?? .portable
    }
}
