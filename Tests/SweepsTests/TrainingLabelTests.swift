import Probes
import Testing
import Units

@testable import Sweeps

@Suite("Labels of training")
struct TrainingLabelTests {
    /// The label of each unit of a specification's first fold, by what the unit's probe has.
    private static func labels(_ probes: String, by key: (ProbeUnit) -> String) throws -> [String: Set<String>] {
        let text = "features: /data/wordnet\nlayers: [2, 6]\nprobes: \(probes)"
        let specification = try SweepSpecification.read(text: text, file: "a.yaml")
        let labels = try #require(TrainingLabel.all(of: specification))
        var found: [String: Set<String>] = [:]
        for unit in try Plan.make(specification, Samples.facts()).passes.flatMap({ $0.units.map(\.unit) }) {
            let label = TrainingLabel.label(
                of: unit, settings: TrainingLabel.form(of: unit.solver.settings), among: labels)
            found[key(unit), default: []].insert(label ?? "none")
        }
        return found
    }

    @Test("are told apart by the output dimensionality")
    func widths() throws {
        let found = try Self.labels(
            """
            [{type: efficient, queries: 4, output: D, label: wide}, {type: efficient, queries: 4, output: D/4, label: narrow},
             {type: efficient, queries: 4, output: 48}]
            """
        ) { $0.probe.options["output"]?.description ?? "" }
        #expect(found == ["384": ["wide"], "96": ["narrow"], "48": ["none"]])
    }

    @Test("are told apart by the levels that are mixed, however they are written")
    func levels() throws {
        let found = try Self.labels(
            """
            [{type: linear, mix: [6, 2, 4], label: some}, {type: linear, mix: ["block 5", 6], label: named},
             {type: linear, solver: gradient, label: none mixed}]
            """
        ) { $0.probe.options["mix"]?.description ?? "" }
        #expect(found.values.sorted { $0.first ?? "" < $1.first ?? "" } == [["named"], ["none mixed"], ["some"]])
    }
}
