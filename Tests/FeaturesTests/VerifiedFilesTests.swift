import Foundation
import Testing

@testable import Features

@Suite("Files that are read after they were verified")
struct VerifiedFilesTests {
    private let folder: TemporaryFolder
    private let layer: LayerTokens
    private let shard: String

    init() throws {
        folder = try TemporaryFolder()
        let set = try FeatureSet.open(try Fixture.copyOfWordnet(in: folder))
        let entry = try #require(set.manifest.layers.last)
        layer = try set.layer(entry.index)
        shard = "\(set.folder)/\(try #require(entry.shards.last).file)"
    }

    /// Sets the file's time, so that no test depends on how fine the file system's clock is.
    private func touch(_ path: String) throws {
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: path)
    }

    private func overwrite(_ path: String, with change: (UInt8) -> UInt8) throws {
        let file = try FileHandle(forUpdating: URL(filePath: path))
        defer { try? file.close() }
        let end = try file.seekToEnd()
        try file.seek(toOffset: end - 1)
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: end - 1)
        try file.write(contentsOf: [change(byte)])
    }

    @Test("They are unchanged as long as nobody writes them")
    func untouched() {
        let files = VerifiedFiles([layer])
        #expect(files.areUnchanged())
        #expect(files.areUnchanged())
        #expect(!files.haveChanged)
        #expect(files.fault == nil)
    }

    @Test("A byte that changes in place is found, and the file is named from then on")
    func changedInPlace() throws {
        let files = VerifiedFiles([layer])
        try overwrite(shard) { $0 ^ 1 }
        try touch(shard)
        #expect(!files.haveChanged, "nobody has looked yet")
        #expect(!files.areUnchanged())
        #expect(files.haveChanged)
        let fault = try #require(files.fault)
        #expect(fault.file == shard)
        #expect(fault.found.hasPrefix("SHA-256 "))
        // What was read meanwhile was wrong, whatever the file is now.
        try overwrite(shard) { $0 ^ 1 }
        #expect(!files.areUnchanged())
        #expect(files.fault == fault)
    }

    @Test("Other times of the same bytes are no change")
    func otherTimes() throws {
        let files = VerifiedFiles([layer])
        try touch(shard)
        #expect(files.areUnchanged())
        #expect(files.fault == nil)
    }

    @Test("Bytes that change while the file's modification time is set back are found by its change time")
    func restoredTime() throws {
        let time = try #require(try FileManager.default.attributesOfItem(atPath: shard)[.modificationDate])
        let files = VerifiedFiles([layer])
        // Longer than the clock of any local file system needs for its next tick.
        usleep(50_000)
        try overwrite(shard) { $0 ^ 1 }
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: shard)
        #expect(!files.areUnchanged())
    }

    @Test("A file that became shorter is not read beyond its end")
    func truncated() throws {
        let files = VerifiedFiles([layer])
        let file = try FileHandle(forUpdating: URL(filePath: shard))
        try file.truncate(atOffset: 16)
        try file.close()
        #expect(!files.areUnchanged())
        #expect(files.fault?.file == shard)
        #expect(files.fault?.found == "16 bytes")
    }

    @Test("A copy of the same bytes in the file's place is no change, and neither is a file that is gone")
    func replaced() throws {
        let files = VerifiedFiles([layer])
        let copy = folder.file("copy")
        try FileManager.default.copyItem(atPath: shard, toPath: copy)
        #expect(rename(copy, shard) == 0)
        #expect(files.areUnchanged())
        try FileManager.default.removeItem(atPath: shard)
        #expect(files.areUnchanged(), "the mapping still has the bytes")
        #expect(files.fault == nil)
    }

    @Test("Other bytes under the same name are not the bytes that are mapped")
    func replacedByOthers() throws {
        let files = VerifiedFiles([layer])
        let copy = folder.file("copy")
        try FileManager.default.copyItem(atPath: shard, toPath: copy)
        try overwrite(copy) { $0 ^ 1 }
        #expect(rename(copy, shard) == 0)
        #expect(files.areUnchanged(), "what is mapped is what was verified")
    }
}
