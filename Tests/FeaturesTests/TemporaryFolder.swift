import Foundation

/// A folder that disappears with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "features-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes bytes and returns the file's path.
    @discardableResult
    func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }
}

enum Fixture {
    /// 64 real WordNet glosses at two levels; see the README beside it.
    static let wordnet = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/wordnet").path

    /// Arrays that NumPy wrote, most with the values of `FeatureImport.expected`.
    static let numpy = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/numpy").path

    /// Files that h5py wrote, most with the same values.
    static let hdf5 = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/hdf5").path

    /// A copy that a test may damage.
    static func copyOfWordnet(in folder: TemporaryFolder) throws -> String {
        let copy = folder.file("wordnet")
        try FileManager.default.copyItem(atPath: wordnet, toPath: copy)
        return copy
    }

    /// Changes bytes of a file in place.
    static func edit(_ path: String, _ change: (inout Data) -> Void) throws {
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        change(&data)
        try data.write(to: URL(fileURLWithPath: path))
    }
}
