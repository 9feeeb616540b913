/// Whether threads that train each keep to a processor of their own.
package enum Pinning: String, Sendable, CaseIterable {
    case auto, on, off

    /// Smaller machines have one memory controller and few processors to move between, so that there is little to gain.
    package static let manyProcessors = 16

    /// The processor of each thread; none where threads are not pinned. A single one is not: it also reads and decides.
    ///
    /// By default only where there are many processors and the process has a thread for each: others that pin to a part of
    /// the same processors would otherwise meet there.
    ///
    /// - Parameter allowed: the processors that the process may run on.
    package func processors(threads: Int, allowed: [Int]) -> [Int] {
        switch self {
        case .off: []
        case .auto where allowed.count < Self.manyProcessors || threads != allowed.count: []
        case .auto, .on: allowed.isEmpty || threads < 2 ? [] : (0..<threads).map { allowed[$0 % allowed.count] }
        }
    }
}
