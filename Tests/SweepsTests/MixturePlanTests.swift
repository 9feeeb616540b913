import Identities
import Probes
import Sweeps
import Testing
import Training
import Units

@Suite("A mixture of levels in a plan")
struct MixturePlanTests {
    private static func units(_ text: String) throws -> [ProbeUnit] {
        try PlanTests.plan("folds: {count: 2}\n" + text).passes.flatMap { $0.units.map(\.unit) }
    }

    private static func problems(_ text: String) -> String {
        do {
            _ = try PlanTests.plan(text)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "is one unit a fold, on its deepest level, which names the others",
        arguments: ["[6, 2, 4]", "[block 2, 6, block 4]"])
    func levels(_ levels: String) throws {
        let units = try Self.units("layers: [1]\nprobes: [{type: efficient, queries: 4, mix: \(levels)}]")
        #expect(units.count == 2)
        for unit in units {
            #expect(unit.features.layer == 6 && unit.earlierLayers?.map(\.layer) == [4, 2])
            #expect(unit.probe.mixedLevels == [2, 4, 6] && unit.probe.options["mix-normalise"] == nil)
        }
    }

    @Test("of all levels has those that are swept, beside the probes of every layer")
    func all() throws {
        let units = try Self.units("layers: [1, 3, 5]\nprobes: [linear, {type: linear, mix: all}]")
        let mixed = units.filter { $0.probe.mixedLevels != nil }
        #expect(mixed.count == 2 && mixed.allSatisfy { $0.probe.mixedLevels == [1, 3, 5] })
        #expect(mixed.allSatisfy { type(of: $0.solver.settings).name == "gradient" })
        #expect(units.count == 2 + 3 * 2)
        #expect(Set(units.filter { $0.probe.mixedLevels == nil }.map(\.features.layer)) == [1, 3, 5])
    }

    @Test("of all levels leaves out the one that only the control raw reads")
    func raw() throws {
        let units = try Self.units("layers: [3, 5]\ncontrols: raw\nprobes: [linear, {type: linear, mix: all}]")
        #expect(Set(units.compactMap(\.probe.mixedLevels)) == [[3, 5]])
        #expect(units.contains { $0.features.layer == 0 })
    }

    @Test("has no other probes on a level that only a mixture reads")
    func deepest() throws {
        let units = try Self.units(
            "layers: [1]\ncontrols: [majority, uniform]\nprobes: [linear, {type: efficient, queries: 4, mix: [[1, 2], [2, 5]]}]"
        )
        for layer in [2, 5] {
            let own = units.filter { $0.features.layer == layer }
            #expect(own.count == 4 && own.allSatisfy { $0.probe.mixedLevels?.last == layer })
        }
    }

    @Test("leaves the keys of other units as they were")
    func keys() throws {
        let text = "layers: [1]\nprobes: [{type: efficient, queries: 4}, linear"
        func keys(_ text: String) throws -> Set<String> {
            Set(try Self.units(text).filter { $0.probe.mixedLevels == nil }.map { "\($0.key)" })
        }
        #expect(try keys(text + "]") == keys(text + ", {type: mlp, mix: [1, 2]}]"))
        let form = try #require(try Self.units(text + "]").first?.canonicalForm.bytes)
        #expect(!String(decoding: form, as: UTF8.self).contains("mix"))
        #expect(!String(decoding: form, as: UTF8.self).contains("prepare"))
    }

    @Test(
        "is refused with the reason",
        arguments: [
            ("{type: linear, mix: [2, 9]}", "\"9\" is not a layer of feature set wordnet"),
            ("{type: linear, mix: [2]}", "fewer than two levels"),
            ("{type: linear, mix: [2, 2]}", "different levels"), ("{type: linear, mix: some}", "none, all, or a list"),
            ("{type: linear, mix: [2, 4], solver: ridge}", "finds no weights of levels"),
            ("{type: linear, mix: [[2, 4], none]}", "mixtures of levels and for none"),
            ("{type: linear, mix-normalise: none}", "is for mixtures of levels"),
            ("{type: linear, mix: [2, 4], input: max}", "the largest value of a mixture"),
            ("{type: knn, mix: [2, 4]}", "not for probes of type knn"),
            ("{type: cae, mix: [2, 4]}", "not for probes of type cae"),
            ("{type: efficient, queries: 4, mix: [2, 4], prepare: l2}", "leave prepare out"),
        ])
    func refusals(_ entry: String, _ reason: String) {
        for controls in ["none", "raw"] {
            let found = Self.problems("layers: [1]\ncontrols: \(controls)\nprobes: [\(entry)]")
            #expect(found.lowercased().contains(reason.lowercased()), "\(found)")
        }
    }

    @Test("of more channels than costs can be counted of is refused, and one of as many is planned")
    func channels() throws {
        var facts = Samples.facts(layers: 0..<33)
        for layer in facts.sets[0].layers.indices {
            facts.sets[0].layers[layer].width = 1 << 17
            facts.sets[0].layers[layer].tokens = 1 << 20...1 << 20
        }
        func text(_ levels: String) -> String {
            "layers: [1]\nprobes: [{type: efficient, queries: 1048576, output: 1048576, mix: \(levels)}]"
        }
        let all = "[\((0..<33).map(String.init).joined(separator: ", "))]"
        #expect { try PlanTests.plan(text(all), facts) } throws: { "\($0)".contains("524288 channels side by side") }
        let plan = try PlanTests.plan(text("[1, 2, 3, 4]"), facts)
        let cost = try #require(plan.passes.flatMap { Array($0.units) }.first?.cost.probe)
        #expect(cost.executed.forward > 1 << 59 && cost.executed.backward > 1 << 59)
    }

    @Test("or of prepared tokens is predicted at the pace of single precision, and says what temporary space it takes")
    func computedTokens() throws {
        var facts = Samples.facts()
        for layer in facts.sets[0].layers.indices { facts.sets[0].layers[layer].meanTokens = 16 }
        func pass(_ options: String) throws -> PlannedPass {
            let text = "layers: [6]\nprobes: [{type: efficient, queries: 4\(options)}]"
            return try #require(try PlanTests.plan(text, facts).passes.last)
        }
        let (stored, mixed, prepared) = (try pass(""), try pass(", mix: [4, 5, 6]"), try pass(", prepare: l2"))
        #expect(stored.cost.work[.pairedTokens] > 0 && stored.cost.work[.coreTokens] == 0)
        for computed in [mixed, prepared] {
            #expect(computed.cost.work[.coreTokens] > 0 && computed.cost.work[.pairedTokens] == 0)
        }
        let tokens = 6000.0 * 17 * 384 * 4
        #expect(stored.temporaryBytes == nil && mixed.temporaryBytes == 3 * tokens)
        #expect(prepared.temporaryBytes == tokens)
    }

    @Test("of levels that differ in width or tokens is refused with both shapes")
    func shapes() {
        var facts = Samples.facts()
        facts.sets[0].layers[2].width = 192
        #expect {
            try PlanTests.plan("probes: [{type: linear, mix: [2, 4]}]\nlayers: [1]", facts)
        } throws: {
            "\($0)".contains("4 to 31 tokens, 192 wide")
        }
    }

    @Test("and prepared tokens are read back from the specification's own text")
    func rendered() throws {
        let specification = try SweepSpecification.read(
            text: """
                features: [{path: /set, untrained: [/r0, /r1]}, /other]
                controls: [random-weights]
                probes:
                  - {type: efficient, queries: 4, mix: [[2, 4], [block 1, 6]], mix-normalise: none}
                  - {type: linear, mix: all}
                  - {type: coca, prepare: [none, standardise, l2, layer-norm]}
                """, file: "a.yaml")
        #expect(try specification.validated() == specification)
        #expect(specification.features == ["/set", "/other"] && specification.untrained["/set"] == ["/r0", "/r1"])
        #expect(specification.probes[2].options["prepare"]?.count == 4)
    }
}

@Suite("The control random-weights in a plan")
struct UntrainedPlanTests {
    private static func facts(seeds: [Int?] = [0, 1, 2]) -> SweepFacts {
        var facts = Samples.facts()
        facts.sets[0].untrained = seeds.enumerated().map { number, seed in
            var twin = Samples.facts().sets[0]
            (twin.name, twin.folder, twin.randomWeights) = ("random \(number)", "/data/random-\(number)", seed)
            for layer in twin.layers.indices { twin.layers[layer].digest += " random \(number)" }
            return twin
        }
        return facts
    }

    private static let text = """
        layers: [2, 4]
        folds: {count: 2}
        controls: [random-weights]
        probes: [linear, {type: efficient, queries: 4}, {type: linear, mix: [2, 4]}]
        """

    @Test("has every honest probe on each untrained set, with seeds of its own, in passes of its own")
    func units() throws {
        let plan = try PlanTests.plan(Self.text, Self.facts())
        let units = plan.passes.flatMap { Array($0.units) }
        #expect(units.allSatisfy { $0.key == $0.unit.key })
        let (controls, own) = (
            units.map(\.unit).filter { $0.control != nil }, units.map(\.unit).filter { $0.control == nil }
        )
        #expect(own.count == 2 * 5 && controls.count == 3 * own.count)
        #expect(controls.allSatisfy { $0.control == .randomWeights && $0.features.set == "wordnet" })
        #expect(Set(controls.map(\.features.digest)).count == 6 && Set(controls.map(\.seed)) == [0, 1000, 2000])
        for control in controls {
            let isTwin = { (digest: String) in digest.hasSuffix("random \(control.seed / 1000)") }
            #expect(isTwin(control.features.digest) && control.earlierLayers?.allSatisfy { isTwin($0.digest) } != false)
        }
        #expect(plan.passes.map(\.folder).filter { $0.hasPrefix("/data/random") }.count == 6)
        let without = try PlanTests.plan(Self.text.replacing("controls: [random-weights]", with: ""))
        #expect(own.map(\.key) == without.passes.flatMap { $0.units.map(\.key) })
    }

    @Test("has as many seeds as the sweep on each untrained set, and none twice")
    func seeds() throws {
        let plan = try PlanTests.plan(Self.text + "\nseeds: 2", Self.facts())
        let controls = plan.passes.flatMap { $0.units.map(\.unit) }.filter { $0.control != nil }
        let efficient = controls.filter { $0.probe.type == "efficient" && $0.features.layer == 4 }
        #expect(Set(efficient.map(\.seed)) == [0, 1, 1000, 1001, 2000, 2001] && efficient.count == 2 * 6)
    }

    @Test("has the same keys whatever the order of the untrained sets, and keeps them when seeds are added")
    func order() throws {
        func keys(_ text: String, _ facts: SweepFacts) throws -> Set<String> {
            Set(try PlanTests.plan(text, facts).passes.flatMap { $0.units.map { "\($0.key)" } })
        }
        let own = try keys(Self.text, Self.facts())
        var reversed = Self.facts()
        reversed.sets[0].untrained?.reverse()
        #expect(try keys(Self.text, reversed) == own)
        #expect(try keys(Self.text + "\nseeds: 2", Self.facts()).isSuperset(of: own))
        #expect(try keys(Self.text, Self.facts(seeds: [0, 1])).isSubset(of: own))
    }

    @Test("counts every unit once against the most that a sweep may have")
    func bounds() throws {
        let text = """
            features: /data/wordnet
            layers: [2, 4]
            controls: [random-weights]
            probes: [linear, knn, {type: efficient, queries: 4}]
            """
        let specification = try SweepSpecification.read(text: text, file: "a.yaml")
        let count = try Plan.make(specification, Self.facts()).unitCount
        #expect(count == 4 * 2 * 5 * 3)
        #expect(throws: Never.self) {
            try Plan.make(specification, Self.facts(), within: SweepBounds(units: count))
        }
        #expect(throws: SpecificationError.self) {
            try Plan.make(specification, Self.facts(), within: SweepBounds(units: count - 1))
        }
    }

    @Test("names the untrained passes by the seed of their weights")
    func named() throws {
        let passes = try PlanTests.plan(Self.text, Self.facts()).passes
        #expect(passes.map(\.randomWeights) == [nil, nil, 0, 0, 1, 1, 2, 2])
    }

    @Test("is named by set and seed in what is said of layers that are read at random, as in its passes")
    func randomReadings() throws {
        var facts = Self.facts(seeds: [7])
        var other = facts.sets[0]
        (other.name, other.folder, other.tasks) = ("debian", "/data/debian", [Samples.task("sections")])
        other.untrained?[0].tasks = other.tasks
        facts.sets.append(other)
        for index in facts.sets.indices { facts.sets[index].title = "MiniLM" }
        let plan = try PlanTests.plan(Self.text, facts)
        let readings = plan.randomReadings(memory: 1)
        #expect(readings.map(\.set) == ["wordnet", "debian"].flatMap { Array(repeating: "MiniLM (\($0))", count: 4) })
        #expect(readings.map(\.set) == plan.passes.map(\.title))
        #expect(readings.map(\.randomWeights) == [nil, nil, 7, 7, nil, nil, 7, 7])
        let lines = readings.map(\.description)
        #expect(lines.first?.hasPrefix("layer 2 of MiniLM (wordnet) has ") == true)
        #expect(lines.last?.hasPrefix("layer 4 of MiniLM (debian) [random weights 7] has ") == true)
    }

    @Test("is refused where no untrained set is named, with the command that makes one")
    func missing() {
        #expect { try PlanTests.plan(Self.text) } throws: { "\($0)".contains("--random-weights SEED") }
    }

    @Test(
        "is refused where a set is not what it is named as, or folds would differ",
        arguments: [
            ("manifest", "does not say so"), ("seed", "which another set"), ("samples", "5 samples"),
            ("task", "folds would differ"), ("layer", "another width"), ("tokens", "the same tokens"),
        ])
    func refusals(_ fault: String, _ reason: String) {
        var facts = Self.facts(seeds: fault == "manifest" ? [0, nil] : fault == "seed" ? [3, 3] : [0, 1])
        var twin = facts.sets[0].untrained?[1] ?? facts.sets[0]
        switch fault {
        case "samples": twin.samples = 5
        case "task": twin.tasks[0].digest = "other labels"
        case "layer": twin.layers[4].width = 192
        case "tokens": twin.layers[4].digest = facts.sets[0].layers[4].digest
        default: break
        }
        facts.sets[0].untrained?[1] = twin
        #expect { try PlanTests.plan(Self.text, facts) } throws: { "\($0)".contains(reason) }
    }
}
