import Foundation
import TestKit
import Testing

@testable import Launch

@Suite("The folder of a launch")
struct LaunchFolderTests {
    private let root: TemporaryFolder
    private let folder: LaunchFolder

    init() throws {
        root = try TemporaryFolder()
        folder = LaunchFolder(state: root.url.path, name: "birds")
    }

    @Test("A launch that begins again listens where its jobs look for it, and otherwise where it is told to")
    func endpoints() throws {
        let settings = LaunchSettings.example(listen: "tcp://0.0.0.0:7301")
        try folder.begin(settings)
        try folder.save(endpoint: "tcp://0.0.0.0:7301")
        try folder.begin(settings)
        #expect(folder.formerEndpoint == nil, "nobody looks for it there")
        try folder.save(endpoint: "tcp://0.0.0.0:7301")
        try folder.save(LivingJobs(ofMembers: ["birds-1": "7"]))
        try folder.begin(settings)
        #expect(folder.formerEndpoint == "tcp://0.0.0.0:7301")
        try folder.begin(.example(listen: "tcp://0.0.0.0:7302"))
        #expect(folder.formerEndpoint == nil, "it was told to listen elsewhere")
    }

    @Test("A launch that begins again keeps the kernel path of its results, unless it is told another or none any more")
    func kernels() throws {
        var settings = LaunchSettings.example()
        settings.kernel = "avx2"
        try folder.begin(settings)
        try folder.save(pinned: "avx2")
        try folder.begin(settings)
        #expect(folder.pinned == "avx2")
        settings.kernel = nil
        try folder.begin(settings)
        #expect(folder.pinned == nil)
    }

    @Test("Which process runs a launch is the kernel's answer, and asking takes nothing from it")
    func supervisor() throws {
        try folder.begin(.example())
        #expect(folder.supervisor == nil)
        let lock = folder.url.appending(path: "lock")
        let holder = Process()
        holder.executableURL = URL(filePath: "/usr/bin/env")
        let script = """
            import fcntl, sys
            lock = open(sys.argv[1], "w")
            fcntl.lockf(lock, fcntl.LOCK_EX)
            print("held", flush=True)
            sys.stdin.read()
            """
        holder.arguments = ["python3", "-c", script, lock.path]
        let (input, output) = (Pipe(), Pipe())
        (holder.standardInput, holder.standardOutput) = (input, output)
        try holder.run()
        #expect(!output.fileHandleForReading.availableData.isEmpty)
        #expect(folder.supervisor == holder.processIdentifier)
        #expect(folder.supervisor == holder.processIdentifier, "asked twice")
        #expect(try folder.lock() == nil)
        try input.fileHandleForWriting.close()
        holder.waitUntilExit()
        #expect(folder.supervisor == nil)
        let descriptor = try #require(try folder.lock())
        close(descriptor)
    }

    @Test("Jobs of members that a launch has no more are kept as jobs that are to end")
    func strays() throws {
        try folder.begin(.example())
        try folder.save(LivingJobs(ofMembers: ["birds-1": "7", "birds-9": "9"], stray: ["3"]))
        #expect(folder.hasJobs)
        #expect(folder.jobNames == ["3", "7", "9"])
        #expect(
            folder.jobs.owned(by: ["birds-1", "birds-2"]) == LivingJobs(ofMembers: ["birds-1": "7"], stray: ["3", "9"]))
    }

    @Test("A folder that cannot be written is a problem that is told, and what it lacks is written once it can be")
    func unwritable() throws {
        let record = LaunchRecord(folder)
        let jobs = LivingJobs(ofMembers: ["birds-1": "7"])
        record.save(jobs)
        #expect(record.problem?.contains("jobs.json") == true, "\(record.problem ?? "none")")
        #expect(!record.save(pinned: "avx2"))
        try folder.begin(.example())
        record.save(jobs)
        #expect(record.save(pinned: "avx2"))
        #expect(record.problem == nil)
        #expect(folder.jobs == jobs)
    }
}
