import Features
import Foundation
import Numerics
import Testing

@Suite struct FeatureImportTests {
    private static let numpy = Fixture.numpy

    private func newImport(_ folder: TemporaryFolder, _ files: String...) -> FeatureImport {
        .new(in: folder, files.map { $0.hasPrefix("/") ? $0 : "\(Self.numpy)/\($0)" })
    }

    @Test(
        "Arrays written by NumPy are imported with their values and type",
        arguments: [
            ("tokens-le-f2.npy", TokenType.float16), ("tokens-le-f4.npy", .float32), ("tokens-le-f8.npy", .float32),
            ("tokens-be-f4.npy", .float32), ("tokens-be-f8.npy", .float32), ("tokens-bf16.npy", .bfloat16),
            ("tokens-fortran.npy", .float32), ("archive.npz", .float32), ("compressed.npz", .float32),
            ("turned.npz", .float32),
            ("version-2.npy", .float32), ("version-3.npy", .float32),
        ])
    func importsNumpy(file: String, type: TokenType) throws {
        let folder = try TemporaryFolder()
        var order = newImport(folder, file)
        order.readsVoidAsBFloat16 = true
        let set = try order.run()
        #expect(try set.layer(0).type == type)
        for sample in 0..<2 {
            #expect(try set.values(sample: sample) == (0..<3).map { FeatureImport.expected(sample, $0) })
        }
        #expect(set.findings().isEmpty)
    }

    @Test(
        "Every source type can be stored in every requested type",
        arguments: [
            "tokens-le-f2.npy", "tokens-le-f8.npy", "tokens-bf16.npy",
        ], [ElementType.bfloat16, .float16, .float32])
    func converts(file: String, type: ElementType) throws {
        let folder = try TemporaryFolder()
        var order = newImport(folder, file)
        order.readsVoidAsBFloat16 = true
        order.dtype = type
        order.shardSamples = 1
        let set = try order.run()
        #expect(set.manifest.layers[0].dtype == type)
        #expect(set.manifest.layers[0].shards.count == 2)
        #expect(try set.values(sample: 1) == (0..<3).map { FeatureImport.expected(1, $0) })
    }

    @Test("The class token is moved to the front from any position", arguments: [0, 1, 2, -1, -3])
    func movesClassToken(place: Int) throws {
        let folder = try TemporaryFolder()
        var order = newImport(folder, "tokens-le-f4.npy")
        order.classToken = place
        let set = try order.run()
        let front = place < 0 ? 3 + place : place
        let others = [0, 1, 2].filter { $0 != front }
        for sample in 0..<2 {
            #expect(try set.values(sample: sample) == ([front] + others).map { FeatureImport.expected(sample, $0) })
        }
        #expect(try set.layer(0).hasClassToken)
        #expect(try set.layer(0).maximumTokens == 2)
    }

    @Test("Pooled features become samples of one token")
    func importsPooled() throws {
        let folder = try TemporaryFolder()
        let set = try newImport(folder, "pooled.npy").run()
        #expect(try set.values(sample: 1) == [FeatureImport.expected(1, 0)])
        #expect(try set.layer(0).maximumTokens == 1)
    }

    @Test("Safetensors with samples of unequal length are imported unchanged")
    func importsRaggedSafetensors() throws {
        let folder = try TemporaryFolder()
        var order = newImport(folder, "\(Fixture.wordnet)/layers/4-00000.safetensors")
        order.classToken = 0
        let set = try order.run()
        let original = try FeatureSet.open(Fixture.wordnet)
        for sample in 0..<64 { #expect(try set.values(sample: sample) == original.values(layer: 4, sample: sample)) }
        #expect(set.manifest.layers[0].tokens == original.manifest.layers[1].tokens)
    }

    @Test("The requested tensor of a file with several is imported, whether aligned or not")
    func importsNamedTensor() throws {
        let folder = try TemporaryFolder()
        let writer = try SafetensorsWriter.create(
            folder.file("a.safetensors"),
            tensors: [("odd", .uint8, [1]), ("x", .float32, [2, 2]), ("y", .float32, [2, 2])])
        try writer.append([UInt8(1)])
        try writer.append([Float(1), 2, 3, 4, 5, 6, 7, 8])
        _ = try writer.finish()
        var order = newImport(folder, folder.file("a.safetensors"))
        let error = #expect(throws: FeatureError.self) { try order.run() }
        #expect(error?.expected == "one of odd, x, y")
        order.tensor = "y"
        #expect(try order.run().values(sample: 1) == [[7, 8]])
    }

    @Test("Layers and tasks are added to an existing set")
    func extends() throws {
        let folder = try TemporaryFolder()
        let created = try newImport(folder, "tokens-le-f4.npy").run()
        var order = FeatureImport(folder: created.folder)
        order.layers = [.init(index: 7, name: "last", file: "\(Self.numpy)/tokens-le-f2.npy")]
        order.labels = "\(Self.numpy)/labels-i8.npy"
        let set = try order.run()
        #expect(set.manifest.layers.map(\.index) == [0, 7])
        #expect(set.tasks == ["labels"])
        #expect(try created.digest(ofLayer: 0) == set.digest(ofLayer: 0))
        let error = #expect(throws: FeatureError.self) { try order.run() }
        #expect(error?.found == "layer 7 already exists")
        order.layers[0].index = 8
        order.classToken = 0
        #expect(throws: FeatureError.self) { try order.run() }
    }

    @Test(
        "Labels of any integer type are classes",
        arguments: ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "be-i4", "b1"])
    func importsLabels(type: String) throws {
        let folder = try TemporaryFolder()
        var order = newImport(folder, "pooled.npy")
        order.labels = "\(Self.numpy)/labels-\(type).npy"
        #expect(try order.run().storedTask("labels").labels == [1, 0])
    }

    @Test("Labels [n, C] of 0 and 1 become a multi-label task, and scores a ranking")
    func importsOtherKinds() throws {
        let folder = try TemporaryFolder()
        var order = newImport(folder, "pooled.npy")
        order.labels = "\(Self.numpy)/labels-multi.npy"
        order.tasks = [.init(name: "several")]
        let set = try order.run()
        #expect(try set.storedTask("several").targets == .indicators([1, 0, 1, 0, 0, 1]))
        try NumpyWriter.write([0.5, -2], shape: [2], to: folder.file("scores.npy"))
        var ranking = FeatureImport(folder: set.folder)
        ranking.labels = folder.file("scores.npy")
        ranking.tasks = [.init(name: "order")]
        #expect(throws: FeatureError.self, "order or value") { try ranking.run() }
        ranking.tasks[0].reading = .scores
        #expect(try ranking.run().storedTask("order").targets == .scores([0.5, -2]))
    }

    @Test("Labels become a task of the requested kind if they fit it")
    func importsWantedKinds() throws {
        let folder = try TemporaryFolder()
        let set = try newImport(folder, "pooled.npy").run()
        try NumpyWriter.write([0.5, -2], shape: [2], to: folder.file("scores.npy"))
        try folder.write("label\nno\nyes\n".utf8, to: "answers.csv")
        try folder.write("label,group\n1,7\n0,7\n".utf8, to: "clips.csv")
        func task(_ kind: FeatureTask.Kind, _ file: String) throws -> FeatureTask {
            var order = FeatureImport(folder: set.folder)
            order.labels = folder.file(file)
            order.tasks = [.init(name: kind.rawValue)]
            order.tasks[0].kind = kind
            return try order.run().storedTask(kind.rawValue)
        }
        let number = try task(.regression, "scores.npy")
        #expect(number.kind == .regression && number.metric == "r2" && number.outputs == 1)
        let answer = try task(.binary, "answers.csv")
        #expect(answer.labels == [0, 1] && answer.classNames == ["no", "yes"] && answer.outputs == 1)
        #expect(try task(.retrieval, "clips.csv").groups == [0, 0])
        for (kind, file) in [
            (FeatureTask.Kind.retrieval, "answers.csv"), (.binary, "scores.npy"), (.regression, "answers.csv"),
        ] {
            #expect(throws: FeatureError.self) { try task(kind, file) }
        }
    }

    @Test("A table with ids, class names, groups and split labels the samples with these ids")
    func importsCSV() throws {
        let folder = try TemporaryFolder()
        try folder.write("z\ny\nx\n".utf8, to: "ids.txt")
        try NumpyWriter.write([1, 2, 3], shape: [3, 1], to: folder.file("x.npy"))
        var order = newImport(folder, folder.file("x.npy"))
        order.ids = folder.file("ids.txt")
        let created = try order.run()
        #expect(try created.sampleIDs() == ["z", "y", "x"])

        try folder.write(
            "label,id,group,split\r\n\"dog, big\",x,b,test\r\n\"a \"\"cat\"\"\",z,a,train\r\n".utf8, to: "labels.csv")
        var labelling = FeatureImport(folder: created.folder)
        labelling.labels = folder.file("labels.csv")
        let task = try labelling.run().storedTask("labels")
        #expect(task.samples == [0, 2])
        #expect(task.classNames == ["a \"cat\"", "dog, big"])
        #expect(task.labels == [0, 1])
        #expect(task.groups == [1, 0])
        #expect(task.split == [0, 1])
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var features = "pooled.npy"
        var labels: String?
        var message: String
        var testDescription: String { "\(features) \(labels ?? "")" }
    }

    @Test(
        "Invalid imports are rejected with a remedy",
        arguments: [
            Refusal(features: "tokens-bf16.npy", message: "add --bfloat16"),
            Refusal(labels: "tokens-fortran.npy", message: "np.ascontiguousarray"),
            Refusal(features: "scalar.npy", message: "[n, T, D] or [n, D]"),
            Refusal(features: "labels-i8.npy", message: "is this the labels file?"),
            Refusal(features: "structured.npy", message: "Save each field"),
            Refusal(features: "make.py", message: "no .npy signature"),
            Refusal(labels: "labels-strings.npy", message: "give a CSV file"),
            Refusal(labels: "labels-objects.npy", message: "pickles and are never read"),
            Refusal(labels: "tokens-le-f4.npy", message: "integers [n] or [n, C]"),
        ])
    func refuses(_ refusal: Refusal) throws {
        let folder = try TemporaryFolder()
        var order = newImport(folder, refusal.features)
        order.labels = refusal.labels.map { "\(Self.numpy)/\($0)" }
        let error = #expect(throws: FeatureError.self) { try order.run() }
        #expect(error.map { "\($0)" }?.contains(refusal.message) == true, "\(error.map { "\($0)" } ?? "")")
        #expect(!FileManager.default.fileExists(atPath: order.folder))
    }

    @Test("Layers and labels with a different number of samples are rejected")
    func refusesOtherCounts() throws {
        let folder = try TemporaryFolder()
        try NumpyWriter.write([1, 2, 3], shape: [3, 1], to: folder.file("three.npy"))
        var order = newImport(folder, "pooled.npy", folder.file("three.npy"))
        #expect(throws: FeatureError.self) { try order.run() }
        order = newImport(folder, folder.file("three.npy"))
        order.labels = "\(Self.numpy)/labels-i8.npy"
        let error = #expect(throws: FeatureError.self) { try order.run() }
        #expect(error?.expected == "3, one for each sample")
    }

    @Test(
        "Values that cannot be stored are rejected with sample, token and element",
        arguments: [(Float.nan, ElementType.float32), (.infinity, .bfloat16), (3.4e38, .bfloat16), (65_520, .float16)])
    func refusesValues(value: Float, type: ElementType) throws {
        let folder = try TemporaryFolder()
        try NumpyWriter.write([1, 2, 3, value], shape: [2, 1, 2], to: folder.file("x.npy"))
        var order = newImport(folder, folder.file("x.npy"))
        order.dtype = type
        let error = #expect(throws: FeatureError.self) { try order.run() }
        #expect(error?.field == "sample 1, element 1")
        #expect(error?.offset == 128 + 12)
        #expect(!FileManager.default.fileExists(atPath: order.folder))
    }

    @Test("An array without elements is refused, however large its other extents")
    func refusesEmptyArrays() throws {
        let folder = try TemporaryFolder()
        let header = "{'descr': '<f8', 'fortran_order': True, 'shape': (0, 4611686018427387904), }"
        let text = Array(header.utf8) + Array(repeating: 32, count: 117 - header.utf8.count) + [10]
        let file = try folder.write([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + text, to: "x.npy")
        let error = #expect(throws: FeatureError.self) { try newImport(folder, file).run() }
        #expect(error?.expected == "extents that are not 0")
    }

    @Test("The reader does not crash on a changed .npy header", arguments: UInt64(1)...20)
    func survivesChangedBytes(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        var generator = SplitMix(state: seed)
        let original = try Data(contentsOf: URL(fileURLWithPath: "\(Self.numpy)/tokens-le-f4.npy"))
        for _ in 0..<100 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: 0..<90, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            var order = newImport(folder, try folder.write(bytes, to: "x.npy"))
            order.folder = folder.file("set")
            order.readsVoidAsBFloat16 = true
            if let set = try? order.run() {
                #expect(set.manifest.samples > 0)
                try FileManager.default.removeItem(atPath: order.folder)
            }
        }
    }
}
