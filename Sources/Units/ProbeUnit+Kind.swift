import Probes

extension ProbeUnit {
    /// Names the units whose predicted seconds are off by about the same factor: their probe and how it is trained, for
    /// example `efficient gradient` or `linear logistic`.
    package var kind: String { Self.kind(of: probe.type, solver) }

    package static func kind(of probe: String, _ solver: Solver) -> String {
        let method =
            if solver.gradient != nil {
                "gradient"
            } else if solver.logistic != nil {
                "logistic"
            } else if solver.ridge != nil {
                "ridge"
            } else if solver.neighbours != nil {
                "neighbours"
            } else {
                "untrained"
            }
        return "\(probe) \(method)"
    }
}
