import Features
import Foundation
import Testing

@Suite struct LabelReadingTests {
    @Test("Cells are trimmed, and a row without a label is left out and counted")
    func leavesOut() throws {
        let birds = try Birds()
        let (task, understood) = try birds.task(
            birds.order(
                "id, label ,group\n swift ,water, a\nwren,land\t,\nkite,\"  \",a\ncrow, \"water\" ,\nrobin,land,a\n"))
        #expect(task.samples == [0, 1, 4, 5])
        #expect(task.labels == [0, 0, 1, 1])
        #expect(task.classNames == ["land", "water"])
        #expect(understood.rowsWithoutLabel == 1)
        #expect(understood.rows == 4)
        // swift and robin share a group, wren and crow have one of their own.
        #expect(task.groups == [1, 0, 0, 2])
        #expect(understood.rowsWithoutGroup == 2)
        #expect(understood.groups == 3)
    }

    @Test("A row without a group is refused where groups are required")
    func requiresGroups() throws {
        let birds = try Birds()
        var order = try birds.order("id,label,group\nwren,a,1\nkite,b,\n")
        order.requiresGroups = true
        let error = #expect(throws: FeatureError.self) { try order.run() }
        #expect(error?.field == "column group, line 3")
        var without = try birds.order("id,label\nwren,a\nkite,b\n")
        without.requiresGroups = true
        #expect(throws: FeatureError.self) { try without.run() }
    }

    @Test("Numbers are classes by number where each from 0 to the largest occurs, and codes are names")
    func readsNumbers() throws {
        let birds = try Birds()
        let (dense, understood) = try birds.task(birds.order("label\n2\n0\n1\n1\n0\n2\n"))
        #expect(dense.labels == [2, 0, 1, 1, 0, 2] && dense.classes == 3 && dense.classNames == nil)
        #expect(understood.reading == .indices)
        let (codes, other) = try birds.task(birds.order("label\n010\n007\n007\n010\n007\n007\n"))
        #expect(codes.classNames == ["007", "010"])
        #expect(other.reading == .names)
    }

    @Test(
        "Numbers that can be read in two ways are refused with both readings and the option that chooses",
        arguments: [
            (
                "2\n3\n4\n2\n3\n4\n", "names of 3 classes (2, 3, 4)",
                "indices of 5 classes, 2 of them without a row (0, 1)"
            ),
            (
                "0\n7\n0\n7\n0\n7\n", "names of 2 classes (0, 7)",
                "indices of 8 classes, 6 of them without a row (1, 2, 3, …)"
            ),
            ("-1\n1\n-1\n1\n1\n1\n", "names of 2 classes (-1, 1)", "--labels-as scores"),
            ("0.5\n1\n2\n1\n2\n1\n", "a ranking", "--labels-as names"),
        ])
    func asks(rows: String, reading: String, other: String) throws {
        let birds = try Birds()
        let error = #expect(throws: FeatureError.self) { try birds.order("label\n" + rows).run() }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains(reading) && text.contains(other), "\(text)")
    }

    @Test("The same numbers are read as it is said")
    func readsAsSaid() throws {
        let birds = try Birds()
        func read(_ reading: LabelReading, _ kind: FeatureTask.Kind? = nil) throws -> FeatureTask {
            let request = FeatureImport.TaskRequest.named {
                $0.reading = reading
                $0.kind = kind
            }
            return try birds.task(birds.order("label\n10\n9\n9\n10\n2\n2\n", tasks: [request])).0
        }
        let names = try read(.names)
        #expect(names.classNames == ["2", "9", "10"] && names.labels == [2, 1, 1, 2, 0, 0])
        let indices = try read(.indices)
        #expect(indices.classes == 11 && indices.labels == [10, 9, 9, 10, 2, 2])
        let scores = try read(.scores)
        #expect(scores.kind == .ranking && scores.targets == .scores([10, 9, 9, 10, 2, 2]))
        #expect(try read(.scores, .regression).kind == .regression)
    }

    @Test("Floating-point numbers in an array are classes only if that is said")
    func readsFloatingPointClasses() throws {
        let birds = try Birds()
        try NumpyWriter.write([0, 1, 2, 2, 1, 0], shape: [6], to: birds.folder.file("labels.npy"))
        var order = FeatureImport(folder: birds.set)
        order.labels = birds.folder.file("labels.npy")
        #expect(throws: FeatureError.self) { try order.run() }
        order.tasks = [.named { $0.reading = .indices }]
        #expect(try order.run().storedTask("labels").labels == [0, 1, 2, 2, 1, 0])
    }

    @Test("What was understood names every class with its rows, empty ones, and names that are nearly equal")
    func reports() throws {
        let birds = try Birds()
        let (_, names) = try birds.task(birds.order("label\nRed kite\nred  kite\nwren\nwren\nwren\nRed kite\n"))
        #expect(names.nearEqualNames == [["Red kite", "red  kite"]])
        #expect(names.classes?.map(\.rows) == [2, 1, 3])
        #expect(names.description.contains("Red kite: 2, red  kite: 1, wren: 3"))
        #expect(names.description.contains("differ in case or white space alone"))
        let (_, indices) = try birds.task(
            birds.order("label\n0\n3\n0\n3\n0\n3\n", tasks: [.named { $0.reading = .indices }]))
        #expect(indices.description.contains("4 classes by number; rows of each: 0: 3, 3: 3"))
        #expect(indices.description.contains("without a row: 1, 2"))
    }

    @Test(
        "Texts are read alike with LF, CRLF, a byte order mark and without a last line break",
        arguments: [
            "train\ntest\ntrain\ntrain\ntest\ntrain\n", "train\r\ntest\r\ntrain\r\ntrain\r\ntest\r\ntrain\r\n",
            "\u{FEFF}train\r\ntest\r\n train\r\ntrain\ntest \r\nTRAIN",
        ])
    func readsLines(split: String) throws {
        let birds = try Birds()
        var order = try birds.order("a\r\nb\r\na\r\nb\r\na\r\na", file: "labels.txt")
        order.groups = try birds.folder.write("a\r\nb\r\na\r\n\r\nb\r\na\r\n".utf8, to: "groups.txt")
        order.split = try birds.folder.write(split.utf8, to: "split.txt")
        let (task, understood) = try birds.task(order)
        #expect(task.split == [0, 1, 0, 0, 1, 0])
        #expect(task.groups == [0, 1, 0, 2, 1, 0])
        #expect(task.labels == [0, 1, 0, 1, 0, 0])
        #expect(understood.testRows == 2)
        #expect(try FeatureSet.open(birds.set).sampleIDs() == Birds.ids)
    }

    @Test("Labels, groups and split are read from safetensors like from arrays")
    func readsTensors() throws {
        let birds = try Birds()
        let file = birds.folder.file("labels.safetensors")
        let writer = try SafetensorsWriter.create(
            file,
            tensors: [
                ("scores", .float32, [6]), ("group", .int32, [6]), ("labels", .uint8, [6]), ("split", .uint8, [6]),
            ])
        try writer.append([Float](repeating: 0.5, count: 6))
        try writer.append([Int32](repeating: 7, count: 6))
        try writer.append([UInt8]([1, 0, 1, 1, 0, 0]))
        try writer.append([UInt8]([1, 1, 0, 0, 0, 0]))
        _ = try writer.finish()
        var order = FeatureImport(folder: birds.set)
        order.labels = file
        #expect(throws: FeatureError.self, "labels or scores") { try order.run() }
        order.tasks = [.named { $0.columns = ["labels"] }]
        let (task, _) = try birds.task(order)
        #expect(task.labels == [1, 0, 1, 1, 0, 0] && task.split == [1, 1, 0, 0, 0, 0] && task.groups == nil)
    }

    @Test("Several tasks come from one table, also with several labels a row")
    func readsSeveral() throws {
        let birds = try Birds()
        let order = try birds.order(
            """
            id,colour,eats_fish,eats_seed,range
            wren,brown,0,1,north; south
            robin,red,0,1,;
            kite,red,,,south
            heron,grey,1,0,
            """,
            tasks: [
                .named("colour") { $0.columns = ["colour"] }, .named("food") { $0.columns = ["eats_*"] },
                .named("range") { ($0.columns, $0.separator) = (["range"], ";") },
                .named("fish") { ($0.columns, $0.kind) = (["eats_fish"], .binary) },
            ])
        let set = try order.run()
        #expect(set.tasks == ["colour", "fish", "food", "range"])
        #expect(try set.storedTask("colour").classNames == ["brown", "grey", "red"])
        let food = try set.storedTask("food")
        #expect(food.samples == [0, 1, 3] && food.classNames == ["eats_fish", "eats_seed"])
        #expect(food.targets == .indicators([0, 1, 0, 1, 1, 0]))
        let range = try set.storedTask("range")
        #expect(range.kind == .multilabel && range.samples == [0, 1, 2] && range.classNames == ["north", "south"])
        #expect(range.targets == .indicators([1, 1, 0, 0, 0, 1]))
        #expect(try set.storedTask("fish").labels == [0, 0, 1])
    }

    @Test(
        "A metric that does not score the task is refused with the one that is meant",
        arguments: [("accuracy", "top1"), ("Top-5", "top5"), ("auroc", "macro-roc-auc"), ("macro_f1", "macro-f1")])
    func suggestsMetric(metric: String, meant: String) throws {
        let birds = try Birds()
        let before = try birds.snapshot()
        let error = #expect(throws: FeatureError.self) {
            try birds.order("label\na\nb\na\nb\na\nb\n", tasks: [.named { $0.metric = metric }]).run()
        }
        #expect(error?.remedy.contains("--metric \(meant)?") == true, "\(error?.remedy ?? "")")
        #expect(try birds.snapshot() == before)
    }
}
