import Foundation
import Synchronization
import TestKit
import Testing

@testable import Launch

@Suite("The folder that the nodes of a launch share")
struct SharedFolderTests {
    private let folder: TemporaryFolder
    private let bundle: ProgramBundle

    init() throws {
        folder = try TemporaryFolder()
        let program = folder.file("program")
        try String(repeating: "program\n", count: 10_000).write(to: program, atomically: true, encoding: .utf8)
        bundle = try .of(program)
    }

    private func contents(of shared: SharedFolder) throws -> Data {
        try Data(contentsOf: URL(filePath: shared.program(of: bundle)))
    }

    @Test("Launches that begin at one moment all find the program there, whole, and leave no other copy")
    func together() throws {
        for round in 0..<20 {
            let root = folder.file("cache-\(round)")
            let failures = Mutex<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { launch in
                do {
                    try SharedFolder(root, launch: "launch-\(launch)").install(bundle)
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
            #expect(failures.withLock { $0 } == [])
            #expect(
                try contents(of: SharedFolder(root, launch: "launch-0")) == Data(contentsOf: folder.file("program")))
            let programs = root.appending(path: "programs").path
            #expect(try FileManager.default.contentsOfDirectory(atPath: programs) == [bundle.name])
        }
    }

    @Test("A program that was changed is replaced")
    func damaged() throws {
        let shared = SharedFolder(folder.file("cache"), launch: "one")
        try shared.install(bundle)
        try Data("other".utf8).write(to: URL(filePath: shared.program(of: bundle)))
        try shared.install(bundle)
        #expect(try contents(of: shared) == Data(contentsOf: folder.file("program")))
    }
}
