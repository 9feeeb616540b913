import Foundation
import Testing

@testable import Features

@Suite("Import of HDF5", .enabled(if: HDF5Library.isAvailable, "needs the HDF5 library: apt-get install libhdf5-103-1"))
struct HDF5ImportTests {
    private func newImport(_ folder: TemporaryFolder, _ file: String) -> FeatureImport {
        .new(in: folder, ["\(Fixture.hdf5)/\(file)"])
    }

    @Test(
        "One array for all samples is imported with its values and type, in either byte order",
        arguments: [
            ("le-f2", ElementType.float16), ("le-f4", .float32), ("le-f8", .float32), ("be-f4", .float32),
            ("be-f8", .float32),
        ])
    func readsArrays(code: String, type: ElementType) throws {
        let folder = try TemporaryFolder()
        let set = try newImport(folder, "tokens-\(code).h5").run()
        #expect(set.manifest.layers[0].dtype == type)
        for sample in 0..<2 {
            #expect(try set.values(sample: sample) == (0..<3).map { FeatureImport.expected(sample, $0) })
        }
    }

    @Test(
        "Slides as CLAM and TRIDENT write them become samples of unequal length in natural order",
        arguments: [("clam", ElementType.float32), ("trident", .float16)])
    func readsSlides(tool: String, type: ElementType) throws {
        let folder = try TemporaryFolder()
        let set = try newImport(folder, "\(tool)-*.h5:features").run()
        #expect(try set.sampleIDs() == ["\(tool)-slide_2", "\(tool)-slide_10"])
        #expect(set.manifest.layers[0].dtype == type)
        for (sample, (count, shift)) in [(2, Float(2)), (3, 10)].enumerated() {
            let patches = (0..<count).map { FeatureImport.expected(0, $0).map { $0 + shift } }
            #expect(try set.values(sample: sample) == patches)
        }
        #expect(set.findings().isEmpty)
    }

    @Test("Pooled features, chunks across samples, and data sets inside groups are read")
    func readsOtherLayouts() throws {
        let folder = try TemporaryFolder()
        var order = newImport(folder, "pooled.h5")
        #expect(try order.run().values(sample: 1) == [FeatureImport.expected(1, 0)])
        for (number, key) in ["levels/12/tokens", "/levels/12/tokens", "soft"].enumerated() {
            order = newImport(folder, "nested.h5:\(key)")
            order.folder = folder.file("nested-\(number)")
            #expect(try order.run().values(sample: 1)[2] == FeatureImport.expected(1, 2))
        }
    }

    @Test(
        "What cannot be read soundly is refused with its reason before anything is written",
        arguments: [
            ("integers.h5", "integers of 8 bytes"), ("bits.h5", "integers of 2 bytes"),
            ("compressed-lzf.h5", "the filter 32000"), ("several.h5", "several data sets"),
            ("several.h5:third", "missing"), ("nested.h5:outside", "a link to another file"),
            ("nested.h5:hidden", "no data set"), ("nested.h5:levels", "no data set"),
            ("unwritten.h5", "1 stored chunks"), ("huge.h5", "0 stored chunks"),
            ("external.h5", "elements in other files"), ("virtual.h5", "elements in other files"),
        ])
    func refuses(file: String, found: String) throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: FeatureError.self) { try newImport(folder, file).run() }
        #expect(error?.found.hasPrefix(found) == true, "\(error.map { "\($0)" } ?? "")")
        #expect(!FileManager.default.fileExists(atPath: folder.file("set")))
    }

    @Test("A file that is cut short is refused")
    func refusesCutFiles() throws {
        let folder = try TemporaryFolder()
        let whole = try Data(contentsOf: URL(filePath: "\(Fixture.hdf5)/tokens-le-f4.h5"))
        for length in stride(from: 16, to: whole.count, by: 97) {
            let file = try folder.write(whole.prefix(length), to: "cut.h5")
            #expect(throws: FeatureError.self) { try FeatureImport.new(in: folder, [file]).run() }
        }
    }
}
