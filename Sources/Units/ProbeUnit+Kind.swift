import Probes

extension ProbeUnit {
    /// Names the units whose predicted seconds are off by about the same factor: their probe and how it is trained, for
    /// example `efficient gradient` or `linear logistic`.
    package var kind: String { Self.kind(of: probe.type, solver) }

    package static func kind(of probe: String, _ solver: Solver) -> String {
        "\(probe) \(type(of: solver.settings).name ?? "untrained")"
    }
}
