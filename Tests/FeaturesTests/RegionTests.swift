import Foundation
import Testing

@testable import Features

@Suite("Where objects lie")
struct RegionTests {
    @Test("Tokens have the share of their area that boxes cover together, counted once where boxes overlap")
    func shares() throws {
        let half = try #require(ObjectBox(x0: 0, y0: 0, x1: 0.5, y1: 0.25))
        #expect([half].shares(rows: 2, columns: 2) == [0.5, 0, 0, 0])
        let across = try #require(ObjectBox(x0: 0.25, y0: 0, x1: 0.75, y1: 0.5))
        let both = [half, across].shares(rows: 2, columns: 2)
        #expect(both == [0.75, 0.5, 0, 0])
        let all = try #require(ObjectBox(x0: 0, y0: 0, x1: 1, y1: 1))
        #expect([all, half].shares(rows: 3, columns: 5).allSatisfy { abs($0 - 1) < 1e-12 })
    }

    @Test("Boxes are found by the samples' ids; samples without a line, or with an empty one, have no object")
    func boxes() throws {
        let set = try RegionSet(boxes: ["b": [[0, 0, 0.5, 1]], "d": [], "a": [[0, 0, 1, 1], [0, 0, 0.1, 0.1]]])
        let regions = try #require(try set.open().regions())
        #expect(regions.kind == .boxes && regions.columns == 3)
        let b = try #require(regions.region(ofSample: 1))
        #expect(b.box == ObjectBox(x0: 0, y0: 0, x1: 0.5, y1: 1))
        #expect(zip(b.shares, [1, 0.5, 0, 1, 0.5, 0]).allSatisfy { abs($0 - $1) < 1e-12 })
        let two = try #require(regions.region(ofSample: 0))
        #expect(two.box == nil && two.shares.allSatisfy { abs($0 - 1) < 1e-12 })
        #expect(regions.region(ofSample: 2) == nil && regions.region(ofSample: 3) == nil)
        let summary = try set.open().summary()
        #expect(summary.regions?.samples == 2 && summary.unreadable.isEmpty)
        #expect(summary.description.contains("boxes of 2 samples, 75.0 % of the area"))
        #expect(try set.open().findings().isEmpty)
    }

    @Test("Masks say what share of each token an object covers, and not how many objects there are")
    func masks() throws {
        let set = try RegionSet(masks: [
            [0, 0, 0, 0, 0, 0], [1, 0.5, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0],
        ])
        let regions = try #require(try set.open().regions())
        #expect(regions.kind == .masks && regions.region(ofSample: 0) == nil)
        #expect(regions.region(ofSample: 1)?.shares == [1, 0.5, 0, 0, 0, 0])
        #expect(regions.region(ofSample: 2)?.box == nil)
    }

    @Test("A set without boxes has none, and says nothing of them")
    func none() throws {
        let set = try RegionSet()
        #expect(try set.open().regions() == nil && set.open().summary().regions == nil)
    }

    @Test(
        "A line that is wrong is named, with its field, its value and what to do",
        arguments: [
            (#"{"sample": "z", "boxes": []}"#, "line 1, sample", "\"z\""),
            (
                "{\"sample\": \"a\", \"boxes\": [[0, 0, 1, 1]]}\n{\"sample\": \"a\", \"boxes\": []}", "line 2, sample",
                "\"a\" a second time"
            ),
            (
                #"{"sample": "a", "boxes": [[0, 0, 1, 1], [0.2, 0, 0.1, 1]]}"#, "line 1, boxes[1]",
                "[0.2, 0.0, 0.1, 1.0]"
            ),
            (#"{"sample": "a", "boxes": [[0, 0, 224, 100]]}"#, "line 1, boxes[0]", "224.0"),
            (#"{"sample": "a", "boxes": [[0, 0, 1]]}"#, "line 1, boxes[0]", "[0.0, 0.0, 1.0]"),
            (#"{"sample": "a"}"#, "line 1, boxes", "missing"),
            (#"{"sample": 3, "boxes": []}"#, "line 1, sample", ""),
            ("{", "line 1", ""),
        ])
    func faults(_ text: String, _ field: String, _ found: String) throws {
        let set = try RegionSet(boxLines: text)
        let error = #expect(throws: FeatureError.self) { try set.open().regions() }
        #expect(error?.field?.hasPrefix(field) == true, "\(String(describing: error))")
        #expect(found.isEmpty || error?.found.contains(found) == true, "\(String(describing: error))")
        #expect(error?.remedy.isEmpty == false && error?.file.hasSuffix("boxes.jsonl") == true)
        let summary = try set.open().summary()
        #expect(summary.unreadable.count == 1 && summary.layers.count == 1, "the rest of the set is shown")
    }

    @Test("A file that changed since it was recorded is refused, and found by verification")
    func changed() throws {
        let set = try RegionSet(boxes: ["a": [[0, 0, 1, 1]]])
        try Data("{}\n".utf8).write(to: URL(fileURLWithPath: "\(set.path)/boxes.jsonl"))
        #expect(throws: FeatureError.self) { try set.open().regions() }
        #expect(try set.open().findings().map(\.file) == ["\(set.path)/boxes.jsonl"])
    }

    @Test("Masks of another shape, or with numbers that are no shares, are refused")
    func maskFaults() throws {
        let short = try RegionSet(masks: [[1, 0, 0, 0, 0, 0]])
        let shape = #expect(throws: FeatureError.self) { try short.open().regions() }
        #expect(shape?.found == "F32 [1, 6]" && shape?.expected?.contains("[4, 6]") == true)
        let large = try RegionSet(masks: Array(repeating: [0, 0, 1.5, 0, 0, 0], count: 4))
        let value = #expect(throws: FeatureError.self) { try large.open().regions() }
        #expect(value?.field == "tensor \"masks\", sample 0, token 2" && value?.found == "1.5")
    }

    @Test("Boxes without a grid, and boxes beside masks, are refused when the set is opened")
    func manifest() throws {
        let noGrid = try RegionSet(boxes: ["a": [[0, 0, 1, 1]]], grid: nil)
        let grid = #expect(throws: FeatureError.self) { try noGrid.open() }
        #expect(grid?.field == "layout.grid")
        let both = try RegionSet(boxes: ["a": [[0, 0, 1, 1]]], masks: Array(repeating: [0, 0, 1, 0, 0, 0], count: 4))
        let masks = #expect(throws: FeatureError.self) { try both.open() }
        #expect(masks?.field == "masks")
    }

    @Test("Boxes and masks leave the digests of layers, and with them every unit's key, as they are")
    func digests() throws {
        let plain = try RegionSet().open().digest(ofLayer: 1)
        #expect(try RegionSet(boxes: ["a": [[0, 0, 1, 1]]]).open().digest(ofLayer: 1) == plain)
    }
}

/// Four samples a, b, c, d on a grid of 2 × 3 tokens.
private struct RegionSet {
    let folder: TemporaryFolder
    var path: String { folder.file("set") }

    func open() throws(FeatureError) -> FeatureSet { try FeatureSet.open(path) }

    init(boxes: [String: [[Double]]], masks: [[Float]]? = nil, grid: [Int]? = [2, 3]) throws {
        let lines = try boxes.sorted { $0.key < $1.key }.map { sample, boxes in
            let line: [String: Any] = ["sample": sample, "boxes": boxes]
            return String(decoding: try JSONSerialization.data(withJSONObject: line), as: UTF8.self)
        }
        try self.init(boxLines: lines.joined(separator: "\n"), masks: masks, grid: grid)
    }

    init(boxLines: String? = nil, masks: [[Float]]? = nil, grid: [Int]? = [2, 3]) throws {
        folder = try TemporaryFolder()
        let path = folder.file("set")
        let writer = try FeatureSetWriter.create(
            path, name: "regions", backbone: .init(name: "none", revision: "1"), samples: 4,
            layout: .init(classToken: true, grid: grid))
        let layer = FeatureSetWriter.LayerDescription(
            index: 1, name: "block 1", width: 2, dtype: .float32, finalNorm: false)
        try writer.writeLayer(layer, lengths: .equal(tokens: 7, samples: 4)) { _, buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
        }
        try writer.writeIDs(["a", "b", "c", "d"])
        _ = try writer.finish()
        if let boxLines {
            try Data((boxLines + "\n").utf8).write(to: URL(fileURLWithPath: "\(path)/boxes.jsonl"))
            try Self.name("boxes", "boxes.jsonl", in: path)
        }
        if let masks {
            let file = try SafetensorsWriter.create(
                "\(path)/masks.safetensors", tensors: [("masks", .float32, [masks.count, 6])])
            try file.append(masks.flatMap { $0 })
            _ = try file.finish()
            try Self.name("masks", "masks.safetensors", in: path)
        }
    }

    private static func name(_ field: String, _ file: String, in path: String) throws {
        let manifest = URL(fileURLWithPath: "\(path)/\(FeatureSetManifest.fileName)")
        var fields = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: manifest)) as? [String: Any])
        let digest = FileDigest.sha256(of: try MappedFile.open("\(path)/\(file)"))
        fields[field] = ["file": file, "sha256": digest]
        try JSONSerialization.data(withJSONObject: fields).write(to: manifest)
    }
}
