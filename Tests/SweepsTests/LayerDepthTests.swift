import Foundation
import Identities
import Sweeps
import Testing
import Units

@Suite("Layers by relative depth")
struct LayerDepthTests {
    /// One set of levels 0 to 12 and one of levels 0 to 6.
    private static func facts() -> SweepFacts {
        var deep = Samples.facts(layers: 0..<13).sets[0]
        (deep.name, deep.folder) = ("deep", "/data/deep")
        return SweepFacts(sets: [deep, Samples.facts().sets[0]])
    }

    private static func plan(_ layers: String, _ facts: SweepFacts = facts()) throws -> Plan {
        let text = "features: [/data/deep, /data/wordnet]\nlayers: \(layers)\nfolds: {count: 2}\nprobes: [knn]"
        return try Plan.make(SweepSpecification.read(text: text, file: "a.yaml"), facts)
    }

    private static func layers(_ layers: String) throws -> [String: [Int]] {
        Dictionary(grouping: try plan(layers).passes.map(\.layer), by: \.set).mapValues { $0.map(\.layer) }
    }

    @Test(
        "are the nearest levels of every set, and of two as near the deeper one",
        arguments: [
            ("last", [12], [6]), ("[last, 2/3, 0.5]", [12, 8, 6], [6, 4, 3]), ("[0.25]", [3], [2]),
            ("[1/4, 0.26]", [3], [2]), ("0.0", [0], [0]), ("[3, last]", [3, 12], [3, 6]),
        ])
    func nearest(_ text: String, _ deep: [Int], _ shallow: [Int]) throws {
        #expect(try Self.layers(text) == ["deep": deep, "wordnet": shallow])
    }

    @Test("A level that has the very name of a depth is meant by it")
    func named() throws {
        var facts = Self.facts()
        facts.sets[0].layers[2].name = "last"
        #expect(try Self.plan("last", facts).passes.map(\.layer.layer) == [2, 6])
    }

    @Test("give units the keys that these levels have by index")
    func keys() throws {
        func keys(_ layers: String) throws -> Set<UnitKey> {
            let deep = SweepFacts(sets: [Self.facts().sets[0]])
            return Set(try Self.plan(layers, deep).passes.flatMap { $0.units.map(\.key) })
        }
        #expect(try keys("[last, 0.5]") == keys("[12, 6]"))
    }

    @Test(
        "are written back as they were, and no other number is taken for one",
        arguments: ["1.5", "3/2", "-0.5", "half"])
    func texts(_ wrong: String) throws {
        let specification = try SweepSpecification.read(text: "features: /a\nlayers: [last, 2/3, 0.5]", file: "a.yaml")
        #expect(specification.yaml.contains("layers: [last, 2/3, 0.5]\n"))
        #expect(try SweepSpecification.read(text: specification.yaml, file: "a.yaml").layers == specification.layers)
        let error = #expect(throws: SpecificationError.self) { try Self.plan("[\"\(wrong)\"]") }
        #expect(error.map { "\($0)" }?.contains("\"\(wrong)\" is not a layer of feature set deep") == true)
    }
}

@Suite("Names of feature sets and labels of training")
struct SpecificationNameTests {
    private static func plan(_ text: String) throws -> Plan {
        try Plan.make(SweepSpecification.read(text: text, file: "a.yaml"), Samples.facts())
    }

    @Test("are no part of a unit's key, and are written back")
    func keys() throws {
        let plain = "features: /data/wordnet\nprobes: [knn, {type: linear, solver: gradient, training: {epochs: 3}}]"
        let named = """
            features: [{path: /data/wordnet, name: Mini LM}]
            probes: [{type: knn, label: votes}, {type: linear, solver: gradient, training: {epochs: 3, label: short}}]
            """
        func keys(_ text: String) throws -> [UnitKey] { try Self.plan(text).passes.flatMap { $0.units.map(\.key) } }
        #expect(try keys(plain) == keys(named))
        let specification = try SweepSpecification.read(text: named, file: "a.yaml")
        #expect(specification.names == ["/data/wordnet": "Mini LM"])
        #expect(specification.probes.map(\.label) == ["votes", "short"])
        var again = try SweepSpecification.read(text: specification.yaml, file: "a.yaml")
        again.source = specification.source
        #expect(again == specification)
        let stored = try JSONDecoder().decode(SweepSpecification.self, from: JSONEncoder().encode(specification))
        #expect(stored == specification)
    }

    @Test("A label of the sweep's training is not that of an entry which trains otherwise")
    func inherited() throws {
        let text = """
            features: /a
            training: {epochs: 5, label: short}
            probes:
              - {type: efficient}
              - {type: efficient, queries: 4, training: {epochs: 50}}
            """
        #expect(try SweepSpecification.read(text: text, file: "a.yaml").probes.map(\.label) == ["short", nil])
    }

    @Test(
        "with a comma are refused with their line",
        arguments: ["features: [{path: /a, name: \"a, b\"}]", "features: /a\nprobes: [{type: knn, label: \"a, b\"}]"])
    func commas(_ text: String) throws {
        let error = #expect(throws: SpecificationError.self) { try SweepSpecification.read(text: text, file: "a.yaml") }
        #expect(error.map { "\($0)" }?.contains("has a comma. Write a name without commas.") == true)
    }

    @Test(
        "are one name, not a list",
        arguments: [
            ("features: [{path: /a, name: [x, y]}]", "features.name"),
            ("features: /a\nprobes: [{type: knn, label: [x, y]}]", "probes.label"),
            ("features: /a\ntraining: {label: [x, y]}", "training.label"),
        ])
    func lists(_ text: String, _ field: String) throws {
        let error = #expect(throws: SpecificationError.self) { try SweepSpecification.read(text: text, file: "a.yaml") }
        #expect(error.map { "\($0)" }?.contains("is not a string.") == true, "\(field)")
        #expect(error?.problems.map(\.field) == [field])
    }

    @Test("Two sets of one task may not have one name")
    func clash() throws {
        var facts = Samples.facts()
        facts.sets[0].title = "one"
        var other = facts.sets[0]
        other.name = "other"
        facts.sets.append(other)
        let specification = try SweepSpecification.read(text: "features: [/a, /b]", file: "a.yaml")
        let error = #expect(throws: SpecificationError.self) { try Plan.make(specification, facts) }
        #expect(error.map { "\($0)" }?.contains("is what tables would call two feature sets of one task") == true)
    }
}
