import Features
import Foundation
import Testing

/// Nothing of a set changes before everything was checked.
@Suite struct ImportPublicationTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: String
        var message: String
        var change: @Sendable (inout FeatureImport.TaskRequest) -> Void = { _ in }
    }

    static let refusals: [Refusal] = [
        Refusal(
            testDescription: "an id twice", text: "id,label\nwren,a\nkite,b\n wren ,b\n",
            message: "the id \"wren\" twice, in line 2 and line 4"),
        Refusal(
            testDescription: "an empty id", text: "id,label\nwren,a\n,b\n", message: "column id, line 3: an empty id"),
        Refusal(
            testDescription: "an unknown id", text: "id,label\nwren,a\nowl,b\n", message: "column id, line 3: \"owl\""),
        Refusal(testDescription: "a header only", text: "id,label\n", message: "a header line and no rows"),
        Refusal(
            testDescription: "one class", text: "id,label\nwren,a\nkite,a\n",
            message: "one class only (a, in all 2 rows)"),
        Refusal(
            testDescription: "one number", text: "id,label\nwren,0\nkite,0\n",
            message: "one class only (0, in all 2 rows)"),
        Refusal(testDescription: "no label", text: "id,label\nwren,\nkite,\n", message: "no label in 2 rows"),
        Refusal(
            testDescription: "a column twice", text: "id,label, label\nwren,a,b\n",
            message: "the column \"label\" twice, as columns 2 and 3"),
        Refusal(testDescription: "no column", text: "id,lable\nwren,a\n", message: "the columns id, lable"),
        Refusal(
            testDescription: "two columns", text: "id,label,score\nwren,a,1\n",
            message: "--task labels=label or --task labels=score"),
        Refusal(
            testDescription: "a misspelt column", text: "id,colour\nwren,a\n", message: "Did you mean \"colour\"?",
            change: { $0.columns = ["color"] }),
        Refusal(
            testDescription: "no number", text: "id,score\nwren,1\nkite,nan\n", message: "column score, line 3: \"nan\""
        ),
        Refusal(
            testDescription: "no side", text: "id,label,split\nwren,a,train\nkite,b,\n",
            message: "column split, line 3: nothing"),
        Refusal(
            testDescription: "another side", text: "id,label,split\nwren,a,train\nkite,b,dev\n",
            message: "column split, line 3: \"dev\""),
        Refusal(
            testDescription: "no groups", text: "id,label\nwren,a\nkite,b\n", message: "the query of each candidate",
            change: { $0.kind = .retrieval }),
        Refusal(
            testDescription: "a field too many", text: "id,label\nwren,a\nkite,b,c\n", message: "line 3: 3 fields"),
        Refusal(
            testDescription: "an open quotation", text: "id,label\nwren,\"a\nkite,b\n",
            message: "an unterminated quotation"),
        Refusal(
            testDescription: "half an indicator", text: "id,x,y\nwren,0,1\nkite,1,\n",
            message: "column y, line 3: \"\"",
            change: { $0.columns = ["x", "y"] }),
        Refusal(
            testDescription: "a file name", text: "id,label\nwren,a\nkite,b\n", message: "letters, digits",
            change: { $0.name = "../x" }),
    ]

    @Test("A column with the task's name is its labels where there is no column label")
    func columnOfTask() throws {
        let birds = try Birds()
        _ = try birds.order("id,species\nwren,a\nkite,b\n", tasks: [.named("species", { _ in })]).run()
        #expect(try birds.snapshot().keys.contains { $0.hasSuffix("species.json") })
    }

    @Test("A refused import leaves the set as it was, byte for byte, and says where the fault is", arguments: refusals)
    func refuses(refusal: Refusal) throws {
        let birds = try Birds()
        _ = try birds.order("id,label\nwren,a\nkite,b\n").run()
        let before = try birds.snapshot()
        let order = try birds.order(refusal.text, tasks: [.named("labels", refusal.change)])
        let error = #expect(throws: FeatureError.self) { try order.run() }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains(refusal.message), "\(text)")
        #expect(try birds.snapshot() == before)
    }

    @Test("NaN in the scores of an array is refused with its row, and in a layer with its sample")
    func refusesNaN() throws {
        let birds = try Birds()
        let before = try birds.snapshot()
        try NumpyWriter.write([1, 2, .nan, 3, 4, 5], shape: [6], to: birds.folder.file("bad.npy"))
        var scores = FeatureImport(folder: birds.set)
        scores.labels = birds.folder.file("bad.npy")
        scores.tasks = [.named { $0.kind = .regression }]
        let error = #expect(throws: FeatureError.self) { try scores.run() }
        #expect(error?.field == "row 2")
        var both = try birds.order("label\na\nb\na\nb\na\nb\n", tasks: [.named("fine")])
        both.layers = [.init(index: 9, file: birds.folder.file("bad-layer.npy"))]
        try NumpyWriter.write([1, 2, 3, 4, 5, .nan], shape: [6, 1], to: birds.folder.file("bad-layer.npy"))
        #expect(throws: FeatureError.self) { try both.run() }
        #expect(try birds.snapshot() == before)
    }

    @Test("If one of several tasks is refused, none is added")
    func refusesAll() throws {
        let birds = try Birds()
        let before = try birds.snapshot()
        let order = try birds.order(
            "id,good,bad\nwren,a,x\nkite,b,x\n",
            tasks: [.named("good") { $0.columns = ["good"] }, .named("bad") { $0.columns = ["bad"] }])
        #expect(throws: FeatureError.self) { try order.run() }
        #expect(try birds.snapshot() == before)
    }

    @Test("If a file cannot get its place, those that had theirs are put back")
    func putsBack() throws {
        let birds = try Birds()
        _ = try birds.order("id,label\nwren,a\nkite,b\n", tasks: [.named("first")]).run()
        // A folder where the header of the last task belongs.
        try FileManager.default.createDirectory(
            atPath: "\(birds.set)/tasks/second.json/x", withIntermediateDirectories: true)
        let before = try birds.snapshot()
        let order = try birds.order("id,label\nwren,c\nkite,d\n", tasks: [.named("first"), .named("second")])
        let error = #expect(throws: FeatureError.self) { try order.run() }
        #expect(error?.file == "\(birds.set)/tasks/second.json")
        #expect(try birds.snapshot() == before)
        #expect(try FeatureSet.open(birds.set).task("first").classNames == ["a", "b"])
    }

    @Test("A refused new set leaves no folder, and keeps one that was there")
    func refusesNewSet() throws {
        let folder = try TemporaryFolder()
        try NumpyWriter.write([1, 2], shape: [2, 1], to: folder.file("x.npy"))
        try folder.write("label\na\na\n".utf8, to: "labels.csv")
        try FileManager.default.createDirectory(atPath: folder.file("mine"), withIntermediateDirectories: true)
        for name in ["deep/down/set", "mine"] {
            var order = FeatureImport(folder: folder.file(name))
            (order.name, order.backbone) = ("", .init(name: "b", revision: "1"))
            order.layers = [.init(index: 0, file: folder.file("x.npy"))]
            #expect(throws: FeatureError.self) { try order.run() }
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [
                "labels.csv", "mine", "x.npy",
            ])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("mine")).isEmpty)
    }

    @Test("A task that is imported again replaces the one of its name and leaves no file behind")
    func replaces() throws {
        let birds = try Birds()
        _ = try birds.order("id,label\nwren,a\nkite,b\n").run()
        let files = try birds.snapshot().count
        let manifest = try birds.snapshot()["featureset.json"]
        let set = try birds.order("id,label\nwren,b\nheron,c\n").run()
        #expect(try set.task("labels").classNames == ["b", "c"])
        #expect(try birds.snapshot().count == files)
        #expect(try birds.snapshot()["featureset.json"] == manifest)
        #expect(set.findings().isEmpty)
    }

    @Test(
        "A task that cannot be read is shown, harms no other, and can be removed", arguments: ["json", "safetensors"])
    func survivesBrokenTask(ending: String) throws {
        let birds = try Birds()
        let columns = [FeatureImport.TaskRequest.named("good"), .named("bad")]
        _ = try birds.order("id,label\nwren,a\nkite,b\n", tasks: columns).run()
        try Data("{".utf8).write(to: URL(fileURLWithPath: "\(birds.set)/tasks/bad.\(ending)"))
        let set = try birds.order("id,label\nwren,a\nkite,b\n", tasks: [.named("other")]).run()
        #expect(set.summary().tasks.map(\.name) == ["good", "other"])
        #expect(set.summary().unreadable.count == 1)
        #expect(set.findings().count == 1)
        let left = try set.removing(tasks: ["bad"], layers: [])
        #expect(left.findings().isEmpty && left.tasks == ["good", "other"])
        #expect(!FileManager.default.fileExists(atPath: "\(birds.set)/tasks/bad.safetensors"))
    }

    @Test("A removed layer takes its files with it; unknown parts and the only layer are refused before anything goes")
    func removesLayer() throws {
        let birds = try Birds()
        var order = FeatureImport(folder: birds.set)
        order.layers = [.init(index: 5, file: birds.folder.file("x.npy"))]
        order.shardSamples = 2
        let set = try order.run()
        let before = try birds.snapshot()
        #expect(throws: FeatureError.self) { try set.removing(tasks: ["none"], layers: [5]) }
        #expect(throws: FeatureError.self) { try set.removing(tasks: [], layers: [5, 4]) }
        #expect(throws: FeatureError.self) { try set.removing(tasks: [], layers: [3, 5]) }
        #expect(try birds.snapshot() == before)
        let left = try set.removing(tasks: [], layers: [5])
        #expect(try FeatureSet.open(birds.set).manifest == left.manifest)
        #expect(try birds.snapshot().keys.filter { $0.hasPrefix("layers/") } == ["layers/3-00000.safetensors"])
        #expect(left.findings().isEmpty)
    }
}
