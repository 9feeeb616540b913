import Foundation
import Identities
import Ledger
import TestKit
import Testing

@testable import Cluster

@Suite("Checkpoints that nobody goes on with")
struct CheckpointFolderTests {
    private let unit = UnitKey(words: 1, 2, 3, 4)

    /// Writes files, and gives them their age.
    private func write(_ ages: [String: Double], in folder: URL, now: Date) throws {
        for (name, hours) in ages {
            let file = folder.appending(path: name).path
            try Data([1]).write(to: URL(filePath: file))
            try FileManager.default.setAttributes(
                [.modificationDate: now.addingTimeInterval(-hours * 3_600)], ofItemAtPath: file)
        }
    }

    private func names(in folder: URL) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: folder.path))
    }

    @Test("They go after a week, and what was never written to its end after an hour")
    func abandoned() throws {
        let folder = try TemporaryFolder()
        let now = Date.now
        let other = UnitKey(words: 5, 6, 7, 8)
        try write(
            ["\(unit).checkpoint": 167, "\(other).checkpoint": 169, ".young": 0.9, ".old": 1.1], in: folder.url,
            now: now)
        CheckpointFolder.removeAbandoned(in: folder.url, now: now)
        #expect(try names(in: folder.url) == ["\(unit).checkpoint", ".young"])
    }

    @Test("All go but those of units that an active sweep is still to train")
    func unneeded() async throws {
        let folder = try TemporaryFolder()
        let small = try SmallSweep()
        let ledger = try Ledger.open(small.state)
        let needed = try #require(try await small.enter(into: ledger).first)
        let files = ["\(unit).checkpoint": 0.0, "\(needed).checkpoint": 0.0, ".half": 0.0]
        try write(files, in: folder.url, now: .now)
        CheckpointFolder.removeUnneeded(in: folder.url, ledger: ledger.reader)
        #expect(try names(in: folder.url) == ["\(needed).checkpoint"])
        try ledger.cancel(SweepID(1))
        CheckpointFolder.removeUnneeded(in: folder.url, ledger: ledger.reader)
        #expect(try names(in: folder.url).isEmpty)
    }
}
