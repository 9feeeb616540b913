import Results
import Sweeps
import Testing
import Training
import Units

@Suite("A plan's report")
struct PlanReportTests {
    @Test("matches the approved output")
    func golden() throws {
        let report = PlanReport(try SampleResults.plan(), workers: 2)
        try expectGolden(report.text, "plan.txt")
        try expectGolden(report.json, "plan.json")
    }

    @Test("shows the rows of each fold, of inner folds the least and the most")
    func rows() throws {
        var report = PlanReport(try SampleResults.plan(), workers: 1)
        func rows(_ selection: SelectionSettings, heldOut: Int, _ counts: RowCounts) -> PlannedRows {
            PlannedRows(
                set: "birds", task: "species",
                fold: FoldReference(scheme: "grouped", count: 5, seed: 0, repetition: 0, heldOut: heldOut),
                selection: selection, shots: nil, rows: counts)
        }
        report.rows = [
            rows(
                SelectionSettings(fraction: 0.1, refit: false), heldOut: 2,
                RowCounts(training: [430], validation: [920], test: 150)),
            rows(
                SelectionSettings(fraction: 0, refit: true, folds: 3), heldOut: 3,
                RowCounts(training: [800, 820, 780], validation: [400, 380, 420], test: 300)),
        ]
        let lines = report.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.contains(["birds", "species", "0.1", "held", "back", "0", "2", "430", "920", "150"]))
        #expect(lines.contains(["birds", "species", "3", "inner", "folds", "0", "3", "780–820", "380–420", "300"]))
        #expect(report.json.contains("\"validation\""))
        let warning = try #require(report.rows[0].warning)
        #expect(warning.contains("fold 2: 920 of 1350 rows are held back"))
        #expect(report.rows[1].warning == nil)
    }

    @Test("calls a feature set what tables call it")
    func titles() throws {
        var plan = try SampleResults.plan()
        var facts = plan.facts
        facts.sets[0].title = "DINOv2 B"
        plan = try Plan.make(plan.specification, facts)
        let report = PlanReport(plan, workers: 1)
        #expect(report.passes.map(\.features) == ["DINOv2 B", "DINOv2 B"])
        #expect(report.text.contains("  DINOv2 B     4 384"))
    }

    @Test("adds the own names of feature sets that share a title, and of no others")
    func sharedTitles() throws {
        let plan = try SampleResults.plan()
        let sample = plan.facts.sets[0]
        func set(_ name: String, _ title: String, task: Int) -> FeatureSetFacts {
            var set = sample
            set.name = name
            set.folder = "/data/\(name)"
            set.title = title
            set.tasks = [sample.tasks[task]]
            return set
        }
        let facts = SweepFacts(sets: [
            set("wordnet", "MiniLM", task: 0), set("birds", "DINOv2 B", task: 0), set("debian", "MiniLM", task: 1),
        ])
        let report = PlanReport(try Plan.make(plan.specification, facts), workers: 1)
        let names = ["MiniLM (wordnet)", "DINOv2 B", "MiniLM (debian)"]
        #expect(report.passes.map(\.features) == names.flatMap { [$0, $0] })
        for name in names {
            #expect(report.text.contains("  \(name) ") && report.json.contains("\"features\" : \"\(name)\""))
        }
    }

    @Test("charges samples of unlike length at their mean, with the longest beside it")
    func unlikeLengths() throws {
        var plan = try SampleResults.plan()
        var facts = plan.facts
        for layer in facts.sets[0].layers.indices { facts.sets[0].layers[layer].meanTokens = 12.25 }
        plan = try Plan.make(plan.specification, facts)
        let report = PlanReport(plan, workers: 1)
        #expect(report.passes.allSatisfy { $0.tokens == 31 && $0.meanTokens == 12.25 })
        let probe = try #require(report.probes.first { $0.label == "efficient 4 queries" && $0.output == 384 })
        func gigaflops(_ T: Double) -> Double { 2 * (384 * 384 * T + 4 * 384 * T + 384 * T + 384 * 11) / 1e9 }
        #expect(abs(probe.referenceGFLOPs - gigaflops(12)) < 1e-12)
        #expect(abs(try #require(probe.longestReferenceGFLOPs) - gigaflops(31)) < 1e-12)
        #expect(report.text.contains("(≤ 31)") && report.text.contains("(≤ 0.00927)"))
    }

    @Test("takes no length from facts that cannot be one", arguments: [Double.infinity, -1e300, 1e300])
    func impossibleLengths(_ mean: Double) throws {
        let plan = try SampleResults.plan()
        var facts = plan.facts
        for layer in facts.sets[0].layers.indices { facts.sets[0].layers[layer].meanTokens = mean }
        let layer = facts.sets[0].layers[0]
        #expect((4...31).contains(try #require(layer.roundedMeanTokens)))
        #expect(try Plan.make(plan.specification, facts).unitCount == plan.unitCount)
    }

    @Test("marks the passes over untrained sets, and says what temporary space mixed tokens take")
    func untrained() throws {
        var facts = try SampleResults.plan().facts
        var twin = facts.sets[0]
        (twin.name, twin.folder, twin.randomWeights) = ("random", "/data/random", 5)
        for layer in twin.layers.indices { twin.layers[layer].digest += " random" }
        facts.sets[0].untrained = [twin]
        let text =
            "features: /data/wordnet\nlayers: [4]\ncontrols: random-weights\nprobes: [{type: linear, mix: [2, 4]}]"
        let report = PlanReport(
            try Plan.make(SweepSpecification.read(text: text, file: "a.yaml"), facts), workers: 1)
        #expect(
            report.passes.map(\.randomWeights) == [nil, 5] && report.passes.allSatisfy { $0.features == "wordnet" })
        #expect(report.text.contains("wordnet [random weights 5]") && report.json.contains("\"randomWeights\" : 5"))
        let bytes = 4.0 * 2 * 384 * 32 * 2200
        #expect(report.passes.allSatisfy { $0.temporaryBytes == bytes } && report.temporaryBytes == bytes)
        #expect(report.text.contains("temporary space: up to ") && report.text.contains("in TMPDIR"))
        #expect(try !PlanReport(SampleResults.plan(), workers: 1).text.contains("temporary space"))
    }

    @Test("counts every unit once, by probe and by pass")
    func sums() throws {
        let plan = try SampleResults.plan()
        let report = PlanReport(plan, workers: 1)
        #expect(report.units == plan.unitCount)
        #expect(report.probes.reduce(0) { $0 + $1.units } == plan.unitCount)
    }

    @Test("has no time to go if every unit is done, whatever was predicted")
    func finished() throws {
        let plan = try SampleResults.plan()
        let learnedCosts = PlanLearnedCosts(corrections: [:], speed: 1, done: plan.unitCount, secondsDone: 0)
        #expect(PlanReport(plan, workers: 1, learnedCosts: learnedCosts).secondsToGo == 0)
    }

    @Test("uses the rates of a measured machine, and adds its workers' start")
    func measured() throws {
        let plan = try SampleResults.plan()
        var machine = CostModel.reference
        machine.paces = machine.paces.mapValues { 2 * $0 }
        machine.reading /= 2
        let report = PlanReport(plan, workers: 2, machine: machine, startSeconds: 3)
        let reference = PlanReport(plan, workers: 2)
        #expect(abs(report.seconds - 3 - 2 * reference.seconds) < 1e-9 * report.seconds)
        #expect(report.text.contains("this machine") && !reference.text.contains("this machine"))
    }

    @Test("divides the predicted time among workers")
    func workers() throws {
        let plan = try SampleResults.plan()
        let (one, four) = (PlanReport(plan, workers: 1), PlanReport(plan, workers: 4))
        #expect(abs(one.seconds - 4 * four.seconds) < 1e-9 * one.seconds)
    }
}
