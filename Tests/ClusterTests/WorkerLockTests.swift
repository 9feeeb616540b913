import Foundation
import TestKit
import Testing

@testable import Cluster

@Suite("A worker's folder on its host")
struct WorkerLockTests {
    @Test("It is gone when the worker has left in order and nothing is left in it")
    func removed() throws {
        let cache = try TemporaryFolder()
        let seat = try WorkerLock.take(name: "w", cache: cache.url)
        #expect(FileManager.default.fileExists(atPath: seat.folder.path))
        // What an outbox leaves whose reports all have their receipts.
        let outbox = seat.folder.appending(path: "outbox")
        try FileManager.default.createDirectory(at: outbox, withIntermediateDirectories: true)
        try Data().write(to: outbox.appending(path: "0.reports"))
        seat.removeEmptyFolder()
        #expect(!FileManager.default.fileExists(atPath: seat.folder.path))
    }

    @Test(
        "Results without receipt and the note of a crash stay for the next process",
        arguments: ["outbox/0.reports", "standard-error.json"])
    func kept(file: String) throws {
        let cache = try TemporaryFolder()
        let seat = try WorkerLock.take(name: "w", cache: cache.url)
        try FileManager.default.createDirectory(
            at: seat.folder.appending(path: "outbox"), withIntermediateDirectories: true)
        try Data("x".utf8).write(to: seat.folder.appending(path: file))
        seat.removeEmptyFolder()
        #expect(try String(contentsOf: seat.folder.appending(path: file), encoding: .utf8) == "x")
        #expect(FileManager.default.fileExists(atPath: seat.folder.appending(path: "lock").path))
    }

    @Test("What cannot be listed stays as it is")
    func unlisted() throws {
        let cache = try TemporaryFolder()
        let seat = try WorkerLock.take(name: "w", cache: cache.url)
        // A file where a folder was: listing it fails for everybody, root too.
        let elsewhere = cache.url.appending(path: "elsewhere")
        try FileManager.default.moveItem(at: seat.folder, to: elsewhere)
        try Data("x".utf8).write(to: seat.folder)
        seat.removeEmptyFolder()
        #expect(try String(contentsOf: seat.folder, encoding: .utf8) == "x")
        #expect(FileManager.default.fileExists(atPath: elsewhere.appending(path: "lock").path))
    }

    @Test("The name of a worker that has removed its folder is free, and is then taken")
    func takenAgain() throws {
        let cache = try TemporaryFolder()
        try WorkerLock.take(name: "w", cache: cache.url).removeEmptyFolder()
        let second = try WorkerLock.take(name: "w", cache: cache.url)
        #expect(throws: WorkerNameTaken.self) { try WorkerLock.take(name: "w", cache: cache.url) }
        second.removeEmptyFolder()
    }
}
