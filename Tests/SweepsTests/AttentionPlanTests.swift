import Identities
import Probes
import Sweeps
import Testing
import Training
import Units

@Suite("A plan of analyses of heads")
struct AttentionPlanTests {
    private static let grid = """
        folds: {count: 2}
        probes: [{type: efficient, queries: [2, 4]}, {type: mhca, heads: 4}, {type: linear, input: mean}, knn]
        controls: [uniform]
        """

    private static func keys(_ plan: Plan) -> [UnitKey] { plan.passes.flatMap(\.units).map(\.key) }

    @Test("has those units that are named, in the grid's order, pinned to the path of their results")
    func named() throws {
        let all = try PlanTests.plan(Self.grid).passes.flatMap(\.units).map(\.unit)
        let chosen = all.filter { $0.probe.type == "efficient" && $0.features.layer == 3 && $0.control == nil }
        let list = chosen.reversed().map { "\"\($0.key)\"" }.joined(separator: ", ")
        let plan = try PlanTests.plan(Self.grid + "\nkernel: avx2\nattention: {units: [\(list)]}")
        #expect(plan.passes.count == 1)
        let units = plan.passes.flatMap(\.units)
        #expect(units.map(\.unit.trained) == chosen && chosen.count == 4)
        #expect(units.allSatisfy { $0.unit.kernel == "avx2" && $0.unit.analysis?.kernel == nil })
        #expect(units.allSatisfy { $0.key == $0.unit.key && $0.canonicalForm == $0.unit.canonicalForm })
        #expect(Set(units.map(\.key)).isDisjoint(with: all.map(\.key)) && Set(units.map(\.key)).count == 4)
    }

    @Test("counts the cost of the units that it has, and of no others")
    func cost() throws {
        let grid = try PlanTests.plan(Self.grid)
        let chosen = grid.passes[2].units.filter { $0.unit.probe.type == "mhca" && $0.unit.control == nil }
        let list = chosen.map { "\"\($0.key)\"" }.joined(separator: ", ")
        let plan = try PlanTests.plan(Self.grid + "\nkernel: avx2\nattention: {units: [\(list)]}")
        let cost = try #require(plan.passes.first).cost
        #expect(cost.units == 2 && cost.parameters == chosen.reduce(0) { $0 + $1.cost.probe.parameters })
        // Reading maps and ablations come on top of training, in the pass as in its units.
        let seconds = CostModel.reference.seconds
        let training = chosen.reduce(0) { $0 + seconds($1.cost.work) }
        let analysing = plan.passes[0].units.reduce(0) { $0 + seconds($1.cost.work) }
        #expect(analysing > training && seconds(cost.work) >= analysing)
        let probes = plan.passes.flatMap(\.probes)
        #expect(probes.map(\.folds) == [2] && probes.map(\.unit.unit.probe.type) == ["mhca"])
    }

    @Test("of all units has those with maps that are no controls")
    func all() throws {
        let plan = try PlanTests.plan(Self.grid + "\nkernel: portable\nattention: {units: all, kernel: portable}")
        #expect(plan.unitCount == 7 * 2 * 3)
        let pinned = try PlanTests.plan(Self.grid + "\nkernel: portable")
        let analysed = Set(plan.passes.flatMap(\.units).map(\.unit.trained.key))
        #expect(analysed.isSubset(of: Self.keys(pinned)))
    }

    @Test("is refused for units without maps and for controls, though the grid has them")
    func unanalysable() throws {
        let all = try PlanTests.plan(Self.grid).passes.flatMap(\.units).map(\.unit)
        let refused = [
            try #require(all.first { $0.probe.type == "knn" }), try #require(all.first { $0.probe.type == "linear" }),
            try #require(all.first { $0.control == .uniform }),
        ]
        let sound = try #require(all.first { $0.probe.type == "mhca" && $0.control == nil })
        for unit in refused {
            let error = #expect(throws: SpecificationError.self) {
                try PlanTests.plan(
                    Self.grid + "\nkernel: avx2\nattention: {units: [\"\(sound.key)\", \"\(unit.key)\"]}")
            }
            let text = error.map { "\($0)" } ?? "none"
            #expect(text.contains("1 of 2") && text.contains("that have no maps, or that are controls"), "\(text)")
        }
    }

    @Test("is refused for keys that the grid does not have, for none, and without a path")
    func refusals() throws {
        let stranger = String(repeating: "ab", count: 32)
        for (text, reason) in [
            ("kernel: avx2\nattention: {units: [\"\(stranger)\"]}", "are keys of units that the grid does not have"),
            ("attention: {units: all}", "needs the kernel path that the heads were trained on"),
            ("kernel: avx2\nattention: {units: [abc]}", "is not a unit's key, 64 hexadecimal digits"),
            ("kernel: avx2\nattention: {units: []}", "attention.units"),
        ] {
            let error = #expect(throws: SpecificationError.self, "\(text)") {
                try PlanTests.plan(Self.grid + "\n" + text)
            }
            #expect(error.map { "\($0)" }?.contains(reason) == true, "\(error.map { "\($0)" } ?? "none")")
        }
        let none = "folds: {count: 2}\nprobes: [linear]\nkernel: avx2\nattention: {units: all}"
        let error = #expect(throws: SpecificationError.self) { try PlanTests.plan(none) }
        #expect(error.map { "\($0)" }?.contains("the grid has none") == true)
    }

    @Test("is read back from its own text")
    func text() throws {
        let key = String(repeating: "0a", count: 32)
        for attention in ["{units: all}", "{units: [\"\(key)\"], kernel: avx2}"] {
            let specification = try SweepSpecification.read(
                text: "features: /a\nkernel: avx2\nattention: \(attention)", file: "a.yaml")
            #expect(specification.attention != nil)
            var again = try SweepSpecification.read(text: specification.yaml, file: "a.yaml")
            again.source = specification.source
            #expect(again == specification)
        }
    }
}
