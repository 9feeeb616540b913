import Foundation
import Testing

@testable import Features

@Suite("Import of a file for each sample, and of a file for each layer") struct FilePatternTests {
    /// A file for each name with as many rows of two numbers, both the row's number in the file.
    private func write(_ names: [(String, Int)], in folder: TemporaryFolder) throws {
        for (name, rows) in names {
            let values = (0..<rows).flatMap { [Float($0), Float(rows)] }
            try NumpyWriter.write(values, shape: [rows, 2], to: folder.file(name))
        }
    }

    @Test("Files become samples in natural order, with their names as ids, unequal in length")
    func readsFiles() throws {
        let folder = try TemporaryFolder()
        try write([("s10.npy", 1), ("s2.npy", 3), ("s1.b.npy", 2)], in: folder)
        let set = try FeatureImport.new(in: folder, [folder.file("s*.npy")]).run()
        #expect(try set.sampleIDs() == ["s1.b", "s2", "s10"])
        #expect(try set.values(sample: 0) == [[0, 2], [1, 2]])
        #expect(try set.values(sample: 1) == [[0, 3], [1, 3], [2, 3]])
        #expect(try set.values(sample: 2) == [[0, 1]])
        #expect(set.manifest.layers[0].tokens == 3)
        #expect(set.findings().isEmpty)
    }

    @Test("Files of equal length make samples of equal length, and ids keep the folders that a pattern leaves open")
    func readsFolders() throws {
        let folder = try TemporaryFolder()
        for name in ["b", "a"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
        }
        try write([("b/x.npy", 2), ("a/x.npy", 2)], in: folder)
        let set = try FeatureImport.new(in: folder, [folder.file("*/x.npy")]).run()
        #expect(try set.sampleIDs() == ["a/x", "b/x"])
        #expect(try set.values(sample: 1) == [[0, 2], [1, 2]])
    }

    @Test("Safetensors files of one tensor each are samples too")
    func readsSafetensors() throws {
        let folder = try TemporaryFolder()
        for (name, rows) in [("a", 1), ("b", 2)] {
            let writer = try SafetensorsWriter.create(
                folder.file("\(name).safetensors"), tensors: [("other", .float32, [1]), ("x", .float16, [1, rows, 2])])
            try writer.append([Float(7)])
            try writer.append((0..<2 * rows).map { Float16($0) })
            _ = try writer.finish()
        }
        let set = try FeatureImport.new(in: folder, [folder.file("*.safetensors:x")]).run()
        #expect(try set.values(sample: 1) == [[0, 1], [2, 3]])
        #expect(set.manifest.layers[0].dtype == .float16)
    }

    @Test("Labels are matched by the files' names, and other layers must have the same")
    func matchesLabels() throws {
        let folder = try TemporaryFolder()
        try write([("s1.npy", 1), ("s2.npy", 1), ("t1.npy", 1), ("t3.npy", 1)], in: folder)
        var order = FeatureImport.new(in: folder, [folder.file("s*.npy")])
        try folder.write("id,label\ns2,dog\ns1,cat\n".utf8, to: "labels.csv")
        order.labels = folder.file("labels.csv")
        #expect(try order.run().task("labels").labels == [0, 1])
        var further = FeatureImport(folder: order.folder)
        further.layers = [.init(index: 1, file: folder.file("t*.npy"))]
        let error = #expect(throws: FeatureError.self) { try further.run() }
        #expect(error?.found == "the id \"t1\"" && error?.expected?.hasPrefix("\"s1\"") == true)
    }

    @Test("Files of another width, without tokens, of several samples, or none at all are refused by name")
    func refuses() throws {
        let folder = try TemporaryFolder()
        try write([("a1.npy", 1)], in: folder)
        try NumpyWriter.write([1, 2, 3], shape: [1, 3], to: folder.file("a2.npy"))
        try NumpyWriter.write([1, 2, 3, 4], shape: [2, 1, 2], to: folder.file("b1.npy"))
        try NumpyWriter.write([], shape: [0, 2], to: folder.file("c1.npy"))
        for (pattern, file) in [("a*", "a2.npy"), ("b*", "b1.npy"), ("c*", "c1.npy"), ("d*", "d*")] {
            let error = #expect(throws: FeatureError.self) {
                try FeatureImport.new(in: folder, [folder.file(pattern)]).run()
            }
            #expect(error?.file == folder.file(file))
        }
    }

    @Test("The star of --layers stands for the index, and a key holds for every file")
    func findsLayers() throws {
        let folder = try TemporaryFolder()
        try write([("birds.layer10.npy", 2), ("birds.layer2.npy", 2)], in: folder)
        let layers = try FeatureImport.LayerInput.matching(folder.file("birds.layer*.npy"))
        #expect(layers.map(\.index) == [2, 10] && layers.map(\.name) == ["layer 2", "layer 10"])
        var order = FeatureImport.new(in: folder, [])
        order.layers = layers
        #expect(try order.run().manifest.layers.map(\.index) == [2, 10])
        try write([("birds.layerx.npy", 2)], in: folder)
        for pattern in ["birds.layer*.npy", "birds.layer1.npy", "birds.*.*", "cats*.npy"] {
            #expect(throws: FeatureError.self) { try FeatureImport.LayerInput.matching(folder.file(pattern)) }
        }
    }

    @Test("Columns of a large array that lies column by column are put together block by block")
    func readsColumns() throws {
        // More than a block of 64 MB, so that several are read.
        let (samples, width) = (9_000_000, 2)
        let folder = try TemporaryFolder()
        let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (\(samples), \(width)), }"
        let text = Array(header.utf8) + Array(repeating: 32, count: 117 - header.utf8.count) + [10]
        let file = try OutputFile.create(folder.file("x.npy"))
        try file.append([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + text)
        for column in 0..<width { try file.append((0..<samples).map { Float($0 % 1_000 * 2 + column) }) }
        _ = try file.finish()
        let array = try TokenFile.open(folder.file("x.npy"), .init())
        for first in stride(from: 0, to: samples, by: 1_000_000) {
            let rows = first..<min(first + 1_000_000, samples)
            try array.reader.withRows(rows) { (bytes) throws(FeatureError) in
                let values = bytes.bindMemory(to: Float.self)
                let isRight = zip(rows, 0...).allSatisfy { row, place in
                    values[2 * place] == Float(row % 1_000 * 2) && values[2 * place + 1] == Float(row % 1_000 * 2 + 1)
                }
                #expect(isRight)
            }
        }
    }
}
