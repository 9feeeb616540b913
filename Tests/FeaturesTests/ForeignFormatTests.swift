import Features
import Foundation
import Testing

@Suite("Files of formats that the Python package converts") struct ForeignFormatTests {
    @Test(
        "A file is recognised by its first bytes, whatever its name, and answered with the command that converts it",
        arguments: [
            ("PyTorch or pickle", [0x80, 2, 0x8A, 0x0A] + [UInt8](repeating: 0, count: 20), "pickle"),
            ("Parquet", Array("PAR1....".utf8), "Parquet"), ("Arrow", Array("ARROW1\0\0".utf8), "Arrow"),
            ("Arrow stream", [0xFF, 0xFF, 0xFF, 0xFF, 0x10, 0, 0, 0], "Arrow"),
            ("LMDB", [UInt8](repeating: 0, count: 16) + [0xDE, 0xC0, 0xEF, 0xBE, 1, 0, 0, 0], "LMDB"),
        ])
    func recognisesFiles(_: String, bytes: [UInt8], name: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(bytes, to: "x.npy")
        let error = #expect(throws: FeatureError.self) { try FeatureImport.new(in: folder, [path]).run() }
        #expect(error?.found.contains(name) == true)
        #expect(error?.remedy.contains("probesweep-extract convert \(path) SET --key KEY") == true)
    }

    @Test("A zip archive around a pickle is a PyTorch file")
    func recognisesPyTorch() throws {
        let folder = try TemporaryFolder()
        // The name of the archive's only member, in its header and in the directory.
        var data = try Data(contentsOf: URL(filePath: "\(Fixture.numpy)/archive.npz"))
        for _ in 0..<2 {
            guard let place = data.range(of: Data("tokens.npy".utf8)) else { break }
            data.replaceSubrange(place, with: Data("x/data.pkl".utf8))
        }
        let path = try folder.write(data, to: "model.pt")
        let error = #expect(throws: FeatureError.self) { try FeatureImport.new(in: folder, [path]).run() }
        #expect(error?.found == "a PyTorch file")
    }

    @Test("Folders of Zarr, LMDB and data sets are recognised, and others are answered with a pattern")
    func recognisesFolders() throws {
        let folder = try TemporaryFolder()
        for (member, found) in [
            (".zgroup", "a Zarr store"), ("zarr.json", "a Zarr store"), ("data.mdb", "an LMDB database"),
            ("dataset_info.json", "an Arrow file"), ("x.npy", "a folder"),
        ] {
            let path = folder.file("of-\(member)")
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try folder.write([], to: "of-\(member)/\(member)")
            let error = #expect(throws: FeatureError.self) { try FeatureImport.new(in: folder, [path]).run() }
            #expect(error?.found == found)
        }
    }
}
