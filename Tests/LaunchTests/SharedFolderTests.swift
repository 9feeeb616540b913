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

    @Test("Launches that find a damaged copy at one moment replace it once, and none takes away what another put there")
    func togetherAtDamaged() throws {
        let expected = try Data(contentsOf: folder.file("program"))
        for round in 0..<20 {
            let root = folder.file("damaged-\(round)")
            try SharedFolder(root, launch: "first").install(bundle)
            let program = URL(filePath: SharedFolder(root, launch: "first").program(of: bundle))
            try Data("other".utf8).write(to: program)
            let failures = Mutex<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { launch in
                do {
                    try SharedFolder(root, launch: "launch-\(launch)").install(bundle)
                    // From now on it has to be there all the time.
                    for _ in 0..<50 where try Data(contentsOf: program) != expected {
                        failures.withLock { $0.append("it is not whole") }
                    }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
            #expect(failures.withLock { $0 } == [])
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
