import Foundation
import Probes
import Units

extension NeighbourSettings: PassMethod {
    package static var name: String? { "neighbours" }
    package static var section: String? { "knn" }
    package static let similarities = ["cosine", "inner"]

    /// DINOv2's numbers of neighbours and its temperature.
    package static let standard = NeighbourSettings(
        neighbours: [10, 20, 100, 200], temperatures: [0.07], similarity: "cosine")

    package init(reading section: inout some SettingsReader, standard: NeighbourSettings) {
        self.init(
            neighbours: section.integers("neighbours", default: standard.neighbours, in: 1...1_000_000).sorted(),
            temperatures: section.numbers("temperatures", default: standard.temperatures, in: 1e-6...1e6).sorted(),
            similarity: section.text("similarity", default: standard.similarity, among: Self.similarities))
    }

    package var fields: [SettingsField] {
        [
            SettingsField("neighbours", .integers(neighbours)), SettingsField("temperatures", .numbers(temperatures)),
            SettingsField("similarity", .text(similarity)),
        ]
    }

    package var fixed: NeighbourSettings {
        var settings = self
        settings.neighbours = neighbours.isEmpty ? [] : [neighbours[(neighbours.count - 1) / 2]]
        settings.temperatures = temperatures.middle
        return settings
    }

    package static func findsHeads(of probe: String) -> Bool { probe == NeighbourProbe.name }

    // A vote has no loss to weigh, and its head is the training samples.
    package static var weighsClasses: Bool { false }
    package static var leavesHead: Bool { false }

    static func train(_ units: [NeighbourUnit], _ context: PassContext) {
        for group in NeighbourGroup.groups(of: units) { group.run(context) }
    }
}

// MARK: Cost

extension NeighbourSettings {
    package func trainingMACs(of unit: CostInputs, _ work: UnitWork) -> Double { unit.sizes.validation * unit.forward }

    package func work(of unit: CostInputs) -> UnitWork {
        let sizes = unit.sizes
        let queries = unit.innerFolds * sizes.validation + sizes.test
        let depth = neighbours.max() ?? 1
        let votes = temperatures.count * neighbours.reduce(0, +)
        var work = UnitWork()
        work.countScores(unit.probe, looked: queries * Double(neighbours.count), tested: sizes.test)
        work[.keys] = queries * (UnitWork.keys(depth: depth, candidates: sizes.training) + Double(votes))
        // Each similarity is computed once for both of its rows, and once for all folds.
        let samples = Double(unit.samples)
        let shared = samples * samples / 2 * sizes.test / max(1, samples)
        let width = Double(unit.probe.outputWidth)
        let similarities = min(queries * sizes.training, shared)
        work[.fullProducts] = similarities * width
        // Blocks of similarities are a few hundred vectors high and wide.
        work[.fullPacking] = similarities * (1 + width / 288)
        work[.touchedBytes] = queries * (16 * Double(depth) + 8 * width)
        return work
    }
}

extension UnitWork {
    /// Keys inserted into a list of the `depth` nearest while candidates come in random order: all until it is full,
    /// then those nearer than its worst; and the cost of reading the candidates, in keys.
    static func keys(depth: Int, candidates: Double) -> Double {
        let depth = Double(depth)
        return depth * (2 + log(max(1, candidates / depth))) + candidates / 64
    }
}
