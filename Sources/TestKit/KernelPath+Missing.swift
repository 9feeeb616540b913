package import Numerics

extension KernelPath {
    /// The paths that this machine cannot run, each with the reason; nil if it runs all.
    ///
    /// For the one test of each suite that is skipped with it: a test with paths as arguments runs only on available
    /// ones, and does not mention the others.
    package static let missing: String? = {
        let missing = allCases.compactMap { path in path.obstacle.map { "\(path.rawValue): \($0)" } }
        return missing.isEmpty ? nil : "no kernel path " + missing.joined(separator: "; no kernel path ")
    }()
}
