import Sweeps
import Units

/// What a sweep calls its feature sets, the depths of its layers and its ways of training, where that is not part of its
/// units.
struct SweepNames: Sendable {
    private let titles: [Place: String]
    private let depths: [Place: String]
    private let labels: [TrainingLabel]

    /// No names.
    static let none = SweepNames(facts: nil)

    init(facts: SweepFacts?) {
        var (titles, depths) = ([Place: String](), [Place: String]())
        for set in facts?.sets ?? [] {
            // Untrained features stand beside the trained ones, under their name.
            for layer in set.withUntrained.flatMap(\.layers) {
                let place = Place(set: set.name, digest: layer.digest)
                titles[place] = set.title
                depths[place] = layer.depth
            }
        }
        (self.titles, self.depths, labels) = (titles, depths, facts?.labels ?? [])
    }

    /// Whether ways of training have names.
    var hasLabels: Bool { !labels.isEmpty }

    /// - Parameter settings: the form of the unit's settings; not needed where there are no labels.
    func names(of unit: ProbeUnit, settings: String) -> RowNames {
        let place = Place(set: unit.features.set, digest: unit.features.digest)
        return RowNames(
            features: titles[place], depth: depths[place],
            training: labels.isEmpty ? nil : TrainingLabel.label(of: unit, settings: settings, among: labels))
    }

    /// A layer of a set: copies of a set have layers of one digest.
    private struct Place: Hashable {
        let set: String
        let digest: String
    }
}

/// What a specification calls the parts of a row.
struct RowNames: Hashable, Sendable {
    /// The feature set; nil for the name in its manifest.
    var features: String?
    /// The layer's relative depth, as it was asked for.
    var depth: String?
    /// The way of training.
    var training: String?
}
