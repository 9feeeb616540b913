import Foundation
import TestKit
import Testing

@testable import Cluster

@Suite("Last words")
struct PreviousStderrTests {
    /// A note as a process leaves that wrote to the file from byte 6 on.
    private func leaveNote(in folder: TemporaryFolder, file: String) throws {
        try Data(#"{"file":"\#(file)","start":6}"#.utf8).write(to: folder.file("standard-error.json"))
    }

    @Test("They are what the process before wrote, and nothing that was in the file before it")
    func found() throws {
        let folder = try TemporaryFolder()
        let log = folder.file("log")
        try Data("older\nFatal error: no such layer\n".utf8).write(to: log)
        try leaveNote(in: folder, file: log.path)
        #expect(PreviousStderr(seat: folder.url).found == "Fatal error: no such layer")
    }

    @Test("Of long words the end is kept")
    func bounded() throws {
        let folder = try TemporaryFolder()
        let log = folder.file("log")
        try Data((String(repeating: "x", count: 100_000) + "the end").utf8).write(to: log)
        try leaveNote(in: folder, file: log.path)
        let found = try #require(PreviousStderr(seat: folder.url).found)
        #expect(found.hasSuffix("xthe end"))
        #expect(found.utf8.count == 4_096)
    }

    @Test("A process that ended in order, or whose file is gone, has none")
    func none() throws {
        let folder = try TemporaryFolder()
        let first = PreviousStderr(seat: folder.url)
        #expect(first.found == nil)
        first.end()
        #expect(!FileManager.default.fileExists(atPath: folder.file("standard-error.json").path))
        try leaveNote(in: folder, file: folder.file("gone").path)
        #expect(PreviousStderr(seat: folder.url).found == nil)
    }
}
