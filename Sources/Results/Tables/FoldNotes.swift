package import Units

/// What only some results have to say of how their head was found and of their test rows.
///
/// A class, so that the results of one probe, which often have the same, share it.
package final class FoldNotes: Hashable, Sendable {
    /// An end of the grid of a choice, by the choice's name.
    package let edges: [String: TrainingDiagnostics.Edge]
    /// What each diverged candidate was: its values by the names of those choices of which there were several.
    package let diverged: [[String: Double]]
    /// Why the task's metric has no value on the held-back rows.
    package let undefinedInside: String?
    /// Why metrics have no value on the test rows, by their names.
    package let undefined: [String: String]

    /// Nil where there is nothing to note.
    init?(
        edges: [String: TrainingDiagnostics.Edge], candidates: [String: [Double]], diverged: [Int],
        undefinedInside: String?, undefined: [String: String]
    ) {
        guard !(edges.isEmpty && diverged.isEmpty && undefinedInside == nil && undefined.isEmpty) else { return nil }
        let varied = candidates.filter { Set($0.value).count > 1 }
        self.edges = edges
        self.diverged = diverged.map { place in
            (varied.isEmpty ? candidates : varied).compactMapValues {
                $0.indices.contains(place) ? $0[place] : nil
            }
        }
        self.undefinedInside = undefinedInside
        self.undefined = undefined
    }

    convenience init?(_ diagnostics: TrainingDiagnostics?, _ observations: TestObservations?) {
        self.init(
            edges: diagnostics?.edges ?? [:], candidates: diagnostics?.candidates ?? [:],
            diverged: diagnostics?.diverged ?? [], undefinedInside: diagnostics?.undefined,
            undefined: observations?.undefined ?? [:])
    }

    package static func == (first: FoldNotes, second: FoldNotes) -> Bool {
        first === second
            || first.edges == second.edges && first.diverged == second.diverged
                && first.undefinedInside == second.undefinedInside && first.undefined == second.undefined
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(edges)
        hasher.combine(diverged)
    }
}
