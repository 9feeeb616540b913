import Foundation
import Identities
import Probes
import Sweeps
import Testing
import Training
import Units

@Suite("A plan")
struct PlanTests {
    static func plan(_ text: String, _ facts: SweepFacts = Samples.facts()) throws -> Plan {
        try Plan.make(SweepSpecification.read(text: "features: /data/wordnet\n" + text, file: "a.yaml"), facts)
    }

    @Test("The control of types trains every probe once more, on tasks that have types, and needs one that has")
    func types() throws {
        func plan(_ tasks: [TaskFacts]) throws -> Plan {
            try Plan.make(
                SweepSpecification.read(
                    text: "features: /a\nfolds: {count: 2}\nprobes: [linear]\ncontrols: [types]", file: "a.yaml"),
                Samples.facts(layers: 0..<1, tasks: tasks))
        }
        let units = try plan([Samples.task("words", hasTypes: true), Samples.task("other")]).passes.flatMap(\.units)
            .map(\.unit)
        #expect(units.count == 6 && Set(units.map(\.key)).count == 6)
        let controls = units.filter { $0.control == .types }
        #expect(controls.map(\.task.name) == ["words", "words"])
        #expect(controls.allSatisfy { $0.task.isLabelledByType == true && $0.task.permutation == 0 })
        let error = #expect(throws: SpecificationError.self) { try plan([Samples.task("other")]) }
        #expect(error.map { "\($0)" }?.contains("needs a task that has types") == true)
    }

    @Test("has one pass for each layer, with every task, fold and probe")
    func product() throws {
        let plan = try Self.plan(
            """
            folds: {count: 5, repeats: 2}
            probes: [linear, knn, {type: efficient, queries: [4, 16], output: [D, D/4]}]
            """, Samples.facts(tasks: [Samples.task("lexname"), Samples.task("other")]))
        #expect(plan.passes.map(\.layer.layer) == Array(0..<7))
        #expect(plan.unitCount == 7 * 2 * 10 * 6)
        for pass in plan.passes {
            let units = pass.units.map(\.unit)
            #expect(Set(units).count == units.count)
            #expect(units.allSatisfy { $0.features == pass.layer })
        }
    }

    @Test("has the same key for each unit as the unit itself", arguments: ["auto", "portable"])
    func keys(_ kernel: String) throws {
        let plan = try Self.plan(
            """
            folds: {count: 3, repeats: 2, seed: 7}
            seed: 11
            kernel: \(kernel)
            probes:
              - {type: linear, input: [class, mean]}
              - {type: linear, solver: gradient}
              - knn
              - {type: mlp, hidden: [[512], [256, 128]]}
              - {type: efficient, output: [D, D/2]}
            """)
        let units = plan.passes.flatMap { Array($0.units) }
        #expect(units.count == 7 * 6 * 8)
        #expect(units.allSatisfy { $0.canonicalForm == $0.unit.canonicalForm && $0.key == $0.unit.key })
        #expect(Set(units.map(\.key)).count == units.count)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(try units.allSatisfy { try Data($0.canonicalForm.bytes) == encoder.encode($0.unit) })
    }

    @Test(
        "counts for k-NN the rows of the inner split or of the whole fold, with which a test sample is compared",
        arguments: [
            ("selection: {method: split, fraction: 0.1}", 3960), ("selection: {fraction: 0.1, refit: true}", 4400),
            ("selection: {method: folds, folds: 5}", 4400), ("protocol: published", 4400),
        ])
    func comparisons(_ choice: String, _ rows: Int) throws {
        let plan = try Self.plan("folds: {count: 5}\nprobes: [knn]\n\(choice)")
        let unit = try #require(plan.passes.first?.units.first)
        #expect(unit.cost.probe.executed.forward == rows * 384)
    }

    @Test("predicts more evaluations for logistic fits with weaker penalties, and for a path from its ends")
    func evaluations() {
        func count(_ penalties: [Double], rows: Double = 4000) -> Double {
            LogisticSettings(penalties: penalties, maximumIterations: 1000, tolerance: 1e-4)
                .expectedEvaluations(rows: rows)
        }
        #expect(count([0.1]) < count([1]) && count([1]) < count([10]) && count([1]) < count([1], rows: 8000))
        #expect(count([0.1, 10]) == count([10, 1, 0.3, 0.1]))
        #expect(count([0.1, 10]) < count([0.01, 100]))
        // Going on from a stronger penalty is shorter than beginning with a weak one.
        #expect(count([0.001, 1000]) < count([1000]))
    }

    @Test("names the layers that are larger than memory and read sample by sample in random order")
    func randomReadings() throws {
        let bytes = Samples.facts().sets[0].layers[0].bytes
        let layers = Samples.facts().sets[0].layers.map(\.index)
        func readings(_ text: String, memory: Int) throws -> [Int] {
            try Self.plan(text, Samples.facts()).randomReadings(memory: memory).map(\.layer)
        }
        let probes = "probes: [linear, {type: efficient, queries: 4}]"
        #expect(try readings(probes, memory: bytes - 1) == layers)
        #expect(try readings(probes, memory: bytes).isEmpty)
        #expect(try readings("probes: [linear, knn]", memory: 1).isEmpty, "pooled vectors are read once")
        #expect(try readings(probes + "\ntraining: {shuffle: {block: 64}}", memory: 1).isEmpty)
    }

    @Test("has the same keys for a client and a coordinator with the same text and facts")
    func travel() throws {
        let text = try String(contentsOfFile: Samples.path("wordnet-demo"), encoding: .utf8)
        let facts = Samples.facts(tasks: [Samples.task("lexname", groups: 1000)])
        let sent = try JSONDecoder().decode(SweepFacts.self, from: JSONEncoder().encode(facts))
        let here = try Plan.make(SweepSpecification.read(text: text, file: "/one/a.yaml"), facts)
        let there = try Plan.make(SweepSpecification.read(text: text, file: "/two/b.yaml"), sent)
        #expect(here.passes.flatMap { $0.units.map(\.key) } == there.passes.flatMap { $0.units.map(\.key) })
    }

    @Test("trains a probe once if two entries, or two spellings of a width, describe it")
    func duplicates() throws {
        let plan = try Self.plan(
            "layers: 0\nprobes: [linear, {type: linear, input: mean}, {type: efficient, output: [D, 384]}]")
        #expect(plan.unitCount == 5 * 2)
    }

    @Test(
        "has keys that do not depend on settings without effect on the result",
        arguments: [
            ("training: {epochs: 7}", "knn"), ("logistic: {penalties: 3}", "knn"), ("knn: {neighbours: 3}", "linear"),
            ("training: {trust: 0.5}", "mlp"), ("training: {schedule: cosine}", "mlp"),
            ("probes: [{type: mlp, activation: gelu}]", "mlp"), ("name: another", "mlp"), ("seed: 1", "linear"),
            ("seed: 1", "knn"),
            ("training: {learning-rates: [0.3, 0.1, 0.03, 0.01, 0.003, 0.001]}", "mlp"),
            ("layers: [3, 0]", "linear"), ("probes: [linear, knn, mlp]", "linear"),
        ])
    func independence(_ change: String, _ probe: String) throws {
        let standard = try Self.plan("layers: [0, 3]\nprobes: [\(probe)]")
        let fields = change.hasPrefix("layers") ? "" : "layers: [0, 3]\n"
        let probes = change.hasPrefix("probes") ? "" : "probes: [\(probe)]\n"
        let changed = try Self.plan(fields + probes + change)
        let keys = Set(changed.passes.flatMap { $0.units.map(\.key) })
        #expect(standard.passes.flatMap { $0.units.map(\.key) }.allSatisfy(keys.contains))
    }

    @Test(
        "has keys that depend on everything that results depend on",
        arguments: [
            "seed: 1", "folds: {seed: 1}", "selection: {refit: true}", "kernel: portable", "training: {epochs: 7}",
            "training: {schedule: constant}",
            "tasks: [{name: lexname, metric: balanced-accuracy}]",
        ])
    func dependence(_ change: String) throws {
        let standard = Set(try Self.plan("probes: [mlp]").passes.flatMap { $0.units.map(\.key) })
        let changed = try Self.plan("probes: [mlp]\n" + change).passes.flatMap { $0.units.map(\.key) }
        #expect(changed.allSatisfy { !standard.contains($0) })
    }

    @Test("makes one fold of a predefined split, whatever seed and repeats are")
    func predefined() throws {
        let facts = Samples.facts(layers: 0..<1, tasks: [Samples.task("lexname", hasSplit: true)])
        let plan = try Self.plan("folds: {scheme: predefined, repeats: 3, seed: 5}", facts)
        #expect(
            plan.passes[0].units.map(\.unit.fold) == [
                FoldReference(scheme: "predefined", count: 1, seed: 0, repetition: 0, heldOut: 0)
            ])
    }

    @Test("sums a pass's costs over its units")
    func costs() throws {
        let plan = try Self.plan(
            "layers: 4\nprobes: [linear, knn, {type: efficient, queries: 4}]\ntraining: {epochs: 10}")
        let pass = plan.passes[0]
        #expect(pass.cost.units == 15)
        #expect(pass.cost.parameters == pass.units.reduce(0) { $0 + $1.cost.probe.parameters })
        let macs = pass.units.reduce(0) { $0 + $1.cost.trainingMACs }
        #expect(abs(pass.cost.trainingMACs - macs) <= 1e-12 * macs)
        // Pooled vectors take one reading, and the attentive probe one an epoch over the task's 5,500 of 6,000 samples.
        let readings = pass.cost.bytes / Double(pass.facts.bytes)
        #expect(abs(readings - (1 + 10 * 5500.0 / 6000)) < 1e-9)
    }
}

@Suite("A plan rejects")
struct PlanRefusalTests {
    private func problems(_ text: String, _ facts: SweepFacts = Samples.facts()) throws -> [String] {
        let specification = try SweepSpecification.read(text: "features: /data/wordnet\n" + text, file: "a.yaml")
        let error = #expect(throws: SpecificationError.self) { try Plan.make(specification, facts) }
        return error?.problems.map(\.description) ?? []
    }

    @Test("a class with fewer samples than folds, naming both")
    func smallClass() throws {
        let facts = Samples.facts(tasks: [Samples.task("lexname", counts: [500, 3], names: ["plant", "act"])])
        #expect(
            try problems("folds: {count: 5}", facts) == [
                #"a.yaml:2: folds.count: "5" is more than the 3 samples of class "act" of task lexname of wordnet. "#
                    + "Take at most 3 folds, or leave the class out of the task."
            ])
    }

    @Test("unknown layers and tasks, with the nearest known ones")
    func missing() throws {
        #expect(
            try problems("layers: [0, block 44]\ntasks: lexnam") == [
                #"a.yaml:3: tasks: "lexnam" is not a task of feature set wordnet. Did you mean "lexname"?"#,
                #"a.yaml:2: layers[1]: "block 44" is not a layer of feature set wordnet. Did you mean "block 4"?"#,
            ])
    }

    @Test("a metric that does not apply to a task's kind")
    func metric() throws {
        #expect(
            try problems("tasks: [{name: lexname, metric: top-1}]") == [
                #"a.yaml:2: tasks: "top-1" is not a metric of classification tasks. Did you mean "top1"?"#
            ])
    }

    @Test("a probe whose queries do not divide its width, once and with its line")
    func indivisible() throws {
        let found = try problems("probes:\n  - linear\n  - {type: efficient, queries: 7}")
        #expect(found.count == 1)
        #expect(
            found.first?.hasPrefix(#"a.yaml:4: probes[1].queries: "efficient" does not fit layer 0 of wordnet: "#)
                == true)
    }

    @Test("a width that is not a whole number of channels")
    func fraction() throws {
        #expect(try problems("probes: [{type: efficient, output: D/5}]").first?.contains("D/5") == true)
    }

    @Test("the class token for features without one")
    func classToken() throws {
        let found = try problems("probes: [{type: linear, input: class}]", Samples.facts(hasClassToken: false))
        #expect(found.first?.contains("class token") == true)
    }

    @Test(
        "grouped folds without groups, too few groups, and a missing split",
        arguments: [
            ("grouped", nil, "needs groups"), ("grouped", 3, "is more than the 3 groups"),
            ("predefined", nil, "needs a split"),
        ] as [(String, Int?, String)])
    func schemes(_ scheme: String, _ groups: Int?, _ reason: String) throws {
        let facts = Samples.facts(tasks: [Samples.task("lexname", groups: groups)])
        #expect(try problems("folds: {scheme: \(scheme)}", facts).first?.contains(reason) == true)
    }

    @Test("problems of labels and groups that the facts report")
    func foldProblem() throws {
        var task = Samples.task("lexname", groups: 50)
        task.foldProblem = "All 4 samples of class 2 lie in fold 1."
        let found = try problems("folds: {scheme: grouped}", Samples.facts(tasks: [task]))
        #expect(found.first?.contains("All 4 samples of class 2 lie in fold 1.") == true)
    }

    @Test("two feature sets with the same name")
    func names() throws {
        var facts = Samples.facts()
        facts.sets.append(facts.sets[0])
        #expect(try problems("", facts).contains { $0.contains("is the name of two feature sets") })
    }

    @Test("folders without a feature set")
    func folder() throws {
        let specification = try SweepSpecification.read(text: "features: /nowhere", file: "a.yaml")
        let error = #expect(throws: SpecificationError.self) { try SweepFacts.gather(specification) }
        #expect(error?.problems.first?.value == "/nowhere")
        #expect(error?.problems.first?.line == 1)
    }
}
