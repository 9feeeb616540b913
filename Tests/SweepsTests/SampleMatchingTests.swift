import Features
import Foundation
import Identities
import Sweeps
import Testing
import Training
import Units

@Suite("Feature sets that share samples")
final class SampleMatchingTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "matching-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A set of samples with the ids `picture N`, of class N mod 2, stored from the last to the first.
    private func write(
        _ name: String, _ numbers: [Int], ids: Bool = true, label: (Int) -> Int32 = { Int32($0 % 2) },
        group: ((Int) -> Int32)? = nil, backbone: String = "none", task: String = "task"
    ) throws {
        let stored = Array(numbers.reversed())
        let writer = try FeatureSetWriter.create(
            "\(folder)/\(name)", name: name.replacing("/", with: "-"), backbone: .init(name: backbone, revision: "0"),
            samples: stored.count,
            layout: .init(classToken: false))
        try writer.writeLayer(
            .init(index: 0, name: "layer", width: 1, dtype: .float32, finalNorm: false),
            lengths: .equal(tokens: 1, samples: stored.count)
        ) { range, buffer in
            for (place, sample) in range.enumerated() {
                buffer.storeBytes(of: Float(stored[sample]), toByteOffset: place * 4, as: Float.self)
            }
        }
        if ids { try writer.writeIDs(stored.map { "picture \($0)" }) }
        try writer.writeTask(
            FeatureTask(
                name: task, kind: .classification, metric: "top1", classes: 2, classNames: ["even", "odd"],
                samples: Array(stored.indices), targets: .classes(stored.map(label)), groups: group.map(stored.map)))
        _ = try writer.finish()
    }

    private func gather(_ sets: [String], _ text: String = "") throws -> SweepFacts {
        let folders = sets.map { "\(folder)/\($0)" }.joined(separator: ", ")
        return try SweepFacts.gather(
            SweepSpecification.read(text: "features: [\(folders)]\nprobes: [knn]\n\(text)", file: "a.yaml"))
    }

    private func refusal(_ sets: [String], _ text: String = "") -> String {
        let error = #expect(throws: SpecificationError.self) { try gather(sets, text) }
        return error.map { "\($0)" } ?? ""
    }

    @Test("are called by the specification, else by a backbone that tells them apart, else by their own names")
    func titles() throws {
        for (name, backbone) in [("first", "one"), ("second", "two"), ("third", "two"), ("fourth", "none")] {
            try write(name, Array(0..<20), backbone: backbone)
        }
        let facts = try gather(["first", "second", "third", "fourth"])
        #expect(facts.sets.map(\.title) == ["one", "second", "third", "fourth"])
        let text = "features: [{path: \(folder)/second, name: my two}, \(folder)/third]\nprobes: [knn]"
        let named = try SweepFacts.gather(SweepSpecification.read(text: text, file: "a.yaml"))
        #expect(named.sets.map(\.title) == ["my two", "third"])
        #expect(named.sets.map(\.name) == ["second", "third"])
    }

    @Test("of one backbone and unlike tasks have the same names of their own in passes, rows and leakage")
    func toldApart() throws {
        try write("first", Array(0..<20), group: { Int32($0 / 4) }, backbone: "one", task: "words")
        try write("second", Array(100..<120), group: { Int32($0 / 4) }, backbone: "one", task: "packages")
        let text = """
            features: [\(folder)/first, \(folder)/second]
            folds: {scheme: stratified, count: 3}
            probes: [knn]
            """
        let specification = try SweepSpecification.read(text: text, file: "a.yaml")
        let facts = try SweepFacts.gather(specification)
        #expect(facts.sets.map(\.title) == ["one", "one"])
        let plan = try Plan.make(specification, facts)
        let names = ["one (first)", "one (second)"]
        #expect(plan.passes.map(\.title) == names)
        #expect(try plan.rowsOfFolds().map(\.set) == names.flatMap { [$0, $0, $0] })
        // Folds of six or seven rows cut groups of four.
        let findings = try LeakageCheck.findings(in: plan)
        #expect(findings.map(\.set) == names)
        #expect(findings.first?.description.hasPrefix("one (first), task words: ") == true)
    }

    @Test("have one task, whatever the order they are stored in")
    func same() throws {
        try write("first", Array(0..<20))
        try write("second", [3, 1, 2] + Array(4..<20) + [0])
        let facts = try gather(["first", "second"])
        #expect(facts.sets[0].tasks[0].digest == facts.sets[1].tasks[0].digest)
        #expect(facts.sets[0].tasks[0].common == nil)
    }

    @Test("and lack some of them are refused with the counts")
    func lacking() throws {
        try write("first", Array(0..<20))
        try write("second", Array(5..<22))
        let text = refusal(["first", "second"])
        #expect(text.contains("second lacks 5 of the 20 samples that first has"))
        #expect(text.contains("first lacks 2 of the 17 samples that second has"))
        #expect(text.contains("samples: common"))
    }

    @Test("are cut to what they share, and the shares of classes that were dropped are known")
    func common() throws {
        try write("first", Array(0..<20))
        try write("second", Array(5..<22))
        try write("third", Array(5..<20))
        let tasks = try gather(["first", "second", "third"], "samples: common").sets.map { $0.tasks[0] }
        #expect(Set(tasks.map(\.digest)).count == 1)
        #expect(tasks.map(\.samples) == [15, 15, 15])
        #expect(tasks[0].dropped == DroppedSamples(samples: 5, classCounts: [3, 2]))
        #expect(tasks[1].dropped == DroppedSamples(samples: 2, classCounts: [1, 1]))
        #expect(tasks[2].dropped == nil && tasks[2].common == nil)
        #expect(tasks[0].common?.count == 3)
    }

    @Test("and give one of them another label or group are refused by its id", arguments: ["same", "common"])
    func conflicts(_ matching: String) throws {
        try write("first", Array(0..<20), group: { Int32($0 / 2) })
        try write("label", Array(0..<20), label: { $0 == 7 ? 0 : Int32($0 % 2) }, group: { Int32($0 / 2) })
        try write("group", Array(0..<20), group: { $0 == 7 ? 0 : Int32($0 / 2) })
        try write("ungrouped", Array(0..<20))
        #expect(refusal(["first", "label"], "samples: \(matching)").contains("\"picture 7\" for one: odd and even"))
        #expect(refusal(["first", "group"], "samples: \(matching)").contains("other groups"))
        #expect(refusal(["first", "ungrouped"], "samples: \(matching)").contains("differ in groups: 10 and none"))
        #expect(try gather(["first", "label"], "samples: own").sets.count == 2)
    }

    @Test("do not concern sets that share none, or have no ids")
    func unlike() throws {
        try write("first", Array(0..<20))
        try write("other", Array(100..<130))
        try write("nameless", Array(0..<25), ids: false)
        for matching in SampleMatching.allCases {
            let tasks = try gather(["first", "other", "nameless"], "samples: \(matching)").sets.map { $0.tasks[0] }
            #expect(tasks.map(\.samples) == [20, 30, 25])
        }
    }

    @Test("are cut among themselves where another set shares none")
    func clusters() throws {
        try write("first", Array(0..<20))
        try write("second", Array(5..<22))
        try write("other", Array(100..<130))
        try write("another", Array(110..<140))
        let folders = ["first", "second", "other", "another"].map { "\(folder)/\($0)" }.joined(separator: ", ")
        let specification = try SweepSpecification.read(
            text: "features: [\(folders)]\nsamples: common\nfolds: {count: 3}\nprobes: [knn]", file: "a.yaml")
        let facts = try SweepFacts.gather(specification)
        #expect(facts.sets.map { $0.tasks[0].samples } == [15, 15, 20, 20])
        #expect(facts.sets.map { $0.tasks[0].common?.count } == [2, 2, 2, 2])
        #expect(try Plan.make(specification, facts).rowsOfFolds().count == 12)
    }

    @Test("and number their classes otherwise are refused, though the numbers are the same")
    func classNames() throws {
        try write("first", Array(0..<20))
        try write("second", Array(0..<20))
        let header = "\(folder)/second/tasks/task.json"
        let text = try String(contentsOfFile: header, encoding: .utf8)
        try text.replacing("even", with: "odder").write(toFile: header, atomically: true, encoding: .utf8)
        #expect(refusal(["first", "second"]).contains("other labels for 10 of the 20 samples"))
    }

    @Test("are matched whichever form of Unicode their ids have")
    func unicode() throws {
        let sets = ["composed", "decomposed"]
        for (set, id) in zip(sets, ["caf\u{e9}", "cafe\u{301}"]) {
            try write(set, Array(0..<20))
            let ids = ["\(id) 1", "cafz", "cafe 0"] + (3..<20).map { "picture \($0)" }
            try Data((ids.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: "\(folder)/\(set)/ids.txt"))
        }
        let facts = try gather(sets)
        #expect(facts.sets[0].tasks[0].digest == facts.sets[1].tasks[0].digest)
    }

    @Test("and have an id twice are refused")
    func twice() throws {
        try write("first", Array(0..<20))
        try write("second", Array(0..<20))
        let ids = (0..<20).map { "picture \($0 == 3 ? 4 : $0)" }
        try Data((ids.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: "\(folder)/second/ids.txt"))
        #expect(refusal(["first", "second"]).contains("second has an id twice"))
    }

    @Test("are found on a worker by the folders of all of the sweep, and not by one of them alone")
    func workers() throws {
        try write("a/first", Array(0..<20))
        try write("b/second", Array(5..<22))
        let folders = ["a/first", "b/second"].map { "\(folder)/\($0)" }
        let specification = try SweepSpecification.read(
            text: "features: [\(folders.joined(separator: ", "))]\nsamples: common\nfolds: {count: 3}\nprobes: [knn]",
            file: "a.yaml")
        let plan = try Plan.make(specification, SweepFacts.gather(specification))
        for (pass, own) in zip(plan.passes, folders) {
            let units = pass.units.map(\.unit)
            var locator = FeatureLocator(roots: [])
            let forms = Dictionary(uniqueKeysWithValues: units.map { ($0.key, $0.canonicalForm.bytes) })
            let work = try PassWork(forms, folders: folders, &locator)
            #expect(work.units.count == units.count && work.unreadable.isEmpty)
            #expect(work.tasks.values.map(\.samples.count) == [15])
            let content = InputContent(units[0])
            var check = InputCheck(roots: [])
            let id = InputID(of: content.form)
            #expect(check.problem(of: id, content, folders: folders) == nil)
            #expect(check.problem(of: id, content, folders: [own])?.contains("cut to the samples") == true)
        }
    }

    @Test("plan, rows and leakage see the cut task")
    func plan() throws {
        try write("first", Array(0..<20))
        try write("second", Array(5..<22))
        let folders = ["first", "second"].map { "\(folder)/\($0)" }.joined(separator: ", ")
        let specification = try SweepSpecification.read(
            text: "features: [\(folders)]\nsamples: common\nfolds: {count: 3}\nprobes: [linear]", file: "a.yaml")
        let plan = try Plan.make(specification, SweepFacts.gather(specification))
        for rows in try plan.rowsOfFolds() {
            #expect(rows.rows.training[0] + rows.rows.validation[0] + rows.rows.test == 15)
        }
        #expect(try LeakageCheck.findings(in: plan).isEmpty)
    }
}
