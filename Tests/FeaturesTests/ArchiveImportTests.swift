import Foundation
import Testing

@testable import Features

@Suite("Import of .npz archives") struct ArchiveImportTests {
    @Test("The array behind the colon is read, stored or deflated")
    func readsNamedArray() throws {
        let folder = try TemporaryFolder()
        var order = FeatureImport.new(in: folder, ["\(Fixture.numpy)/compressed.npz:other"])
        let set = try order.run()
        #expect(set.manifest.samples == 1)
        #expect(try set.values(sample: 0) == (0..<3).map { FeatureImport.expected(0, $0) })
        order = FeatureImport.new(in: folder, ["\(Fixture.numpy)/compressed.npz:third"])
        order.folder = folder.file("other")
        let error = #expect(throws: FeatureError.self) { try order.run() }
        #expect(error?.expected == "one of other, tokens, turned")
        order.layers[0].file = "\(Fixture.numpy)/compressed.npz:turned"
        #expect(throws: FeatureError.self, "compressed columns cannot be read in rows") { try order.run() }
    }

    @Test("A changed byte of the data is found by the checksum", arguments: ["archive.npz", "compressed.npz"])
    func checksChecksum(file: String) throws {
        let folder = try TemporaryFolder()
        let copy = folder.file(file)
        try FileManager.default.copyItem(atPath: "\(Fixture.numpy)/\(file)", toPath: copy)
        // Behind the member's own header and NumPy's, in front of the directory.
        let member = try ZipArchive.open(copy).member("tokens.npy")
        try Fixture.edit(copy) { $0[member.bytes.upperBound - 12] ^= 1 }
        let error = #expect(throws: FeatureError.self) { try FeatureImport.new(in: folder, [copy]).run() }
        #expect(error?.remedy == "The archive is damaged: copy or save it again.")
        #expect(!FileManager.default.fileExists(atPath: folder.file("set")))
    }

    @Test("A member that claims more than its bytes can inflate to is refused before anything is read")
    func refusesBombs() throws {
        let folder = try TemporaryFolder()
        let copy = folder.file("bomb.npz")
        try FileManager.default.copyItem(atPath: "\(Fixture.numpy)/compressed.npz", toPath: copy)
        let size = try ZipArchive.open(copy).member("tokens.npy").size
        try Fixture.edit(copy) { data in
            let directory = data.range(of: Data([0x50, 0x4B, 1, 2]))?.lowerBound ?? 0
            #expect(data[directory + 24] == UInt8(truncatingIfNeeded: size))
            data.replaceSubrange(directory + 24..<directory + 28, with: [0, 0, 0, 0x7F])
        }
        let error = #expect(throws: FeatureError.self) { try FeatureImport.new(in: folder, [copy]).run() }
        #expect(error?.expected == "sizes that such a member can have")
    }

    @Test("An archive that is cut short is refused")
    func refusesCutArchives() throws {
        let folder = try TemporaryFolder()
        let whole = try Data(contentsOf: URL(filePath: "\(Fixture.numpy)/compressed.npz"))
        for length in stride(from: 4, to: whole.count, by: 7) {
            let file = try folder.write(whole.prefix(length), to: "cut.npz")
            #expect(throws: FeatureError.self) { try FeatureImport.new(in: folder, [file]).run() }
        }
    }
}
