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

    @Test(
        "A launch that found a damaged copy waits its turn, and leaves the whole one that another has put there by then"
    )
    func waiting() throws {
        let root = folder.file("cache")
        let shared = SharedFolder(root, launch: "one")
        try shared.install(bundle)
        let program = URL(filePath: shared.program(of: bundle))
        try Data("other".utf8).write(to: program)
        let lock = open(root.appending(path: "programs.lock").path, O_RDWR)
        #expect(flock(lock, LOCK_EX) == 0)
        let end = DispatchSemaphore(value: 0)
        DispatchQueue.global().async { [bundle] in
            try? shared.install(bundle)
            end.signal()
        }
        // Its own copy lies beside the damaged one, which it must not touch now.
        let programs = root.appending(path: "programs").path
        func copies() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: programs).count }
        for _ in 0..<200 where try copies() < 2 { Thread.sleep(forTimeInterval: 0.05) }
        Thread.sleep(forTimeInterval: 0.5)
        #expect(try copies() == 2 && contents(of: shared) == Data("other".utf8))
        try Data(contentsOf: folder.file("program")).write(to: program)
        let whole = try FileManager.default.attributesOfItem(atPath: program.path)[.systemFileNumber] as? Int
        close(lock)
        end.wait()
        #expect(
            try FileManager.default.attributesOfItem(atPath: program.path)[.systemFileNumber] as? Int == whole
                && copies() == 1)
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
