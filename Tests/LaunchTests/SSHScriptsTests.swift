import Foundation
import Identities
import TestKit
import Testing

@testable import Launch

@Suite("Scripts on a machine behind ssh")
struct SSHScriptsTests {
    private let folder: TemporaryFolder
    private let scripts: SSHScripts
    private let bundle: ProgramBundle

    /// Stands for a worker, which leaves when it is told to.
    private static let program = """
        #!/bin/sh
        trap 'exit 0' TERM
        echo started
        while :; do sleep 0.05; done

        """

    init() throws {
        folder = try TemporaryFolder()
        let program = folder.file("program")
        try Self.program.write(to: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program.path)
        bundle = try .of(program)
        scripts = SSHScripts(launch: "birds-0123abcd", bundle: bundle)
    }

    /// As a machine runs it, with a cache of its own.
    private func run(_ script: String, input: String = "") async throws -> String {
        let place = "XDG_CACHE_HOME=\(ShellQuoting.quoted(folder.file("cache").path)); export XDG_CACHE_HOME; "
        let command = place + SSHScripts.command(script)
        return SSHScripts.answer(in: try await CommandRunner().succeed("sh", ["-c", command], input: input))
    }

    private func install() async throws {
        let archive = folder.file("archive-\(UUID().uuidString)")
        _ = try await CommandRunner().succeed("tar", ["-C", bundle.root.path, "-czf", archive.path] + bundle.files)
        _ = try await run("exec <\(ShellQuoting.quoted(archive.path))\n" + scripts.install)
    }

    private func has() async throws -> Substring? {
        try await run(scripts.check, input: bundle.checksums).split(separator: " ").first
    }

    @Test("The program is missing, then installed, then there; a file that was changed is noticed")
    func installed() async throws {
        #expect(try await has() == "missing")
        for _ in 1...2 {
            try await install()
            #expect(try await has() == "present")
        }
        let file = folder.file("cache/probesweep/programs/\(bundle.name)/\(bundle.program)")
        try "other".write(to: file, atomically: true, encoding: .utf8)
        #expect(try await has() == "missing")
        try await install()
        #expect(try await has() == "present")
        let programs = folder.file("cache/probesweep/programs").path
        #expect(try FileManager.default.contentsOfDirectory(atPath: programs) == [bundle.name])
    }

    @Test("Launches that find a damaged copy at one moment replace it once, and none takes away what another put there")
    func togetherAtDamaged() async throws {
        try await install()
        let programs = folder.file("cache/probesweep/programs").path
        let file = folder.file("cache/probesweep/programs/\(bundle.name)/\(bundle.program)")
        for _ in 0..<5 {
            try "other".write(to: file, atomically: true, encoding: .utf8)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await install()
                        return try await has() == "present"
                    }
                }
                for try await isPresent in group { #expect(isPresent) }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: programs) == [bundle.name])
        }
    }

    @Test("Machines with one home folder put it there at one moment, though their processes have the same numbers")
    func togetherOnOneHome() async throws {
        let archive = folder.file("archive")
        _ = try await CommandRunner().succeed("tar", ["-C", bundle.root.path, "-czf", archive.path] + bundle.files)
        let place = "XDG_CACHE_HOME=\(ShellQuoting.quoted(folder.file("cache").path)); export XDG_CACHE_HOME; "
        let command = place + SSHScripts.command("exec <\(ShellQuoting.quoted(archive.path))\n" + scripts.install)
        let user = getuid() == 0 ? [] : ["--user", "--map-root-user"]
        let alone = user + ["--pid", "--fork", "--kill-child", "sh", "-c", command]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { _ = try await CommandRunner().succeed("unshare", alone, input: "") } }
            try await group.waitForAll()
        }
        #expect(try await has() == "present")
    }

    @Test("A worker is started, found running, and leaves when it is told to; its log alone is left")
    func life() async throws {
        try await install()
        let order = WorkerOrder(
            member: "it's-1", endpoint: "tcp://h:1", credential: .token("secret"), log: "", idleTimeout: 600,
            options: [])
        let job = try #require(SSHJob(host: "h", try await run(scripts.start(order), input: "secret")))
        let state = { SSHEngine.state(in: try await run(scripts.state(of: job, member: order.member))) }
        let place = folder.file("cache/probesweep/launches/birds-0123abcd")
        func log() -> String? { try? String(contentsOf: place.appending(path: "it's-1.log"), encoding: .utf8) }
        for _ in 0..<1_200 where log() != "started\n" { try await Task.sleep(for: .milliseconds(50)) }
        #expect(try await state() == .running)
        _ = try await run(scripts.cancel(job))
        #expect(try await state() == .ended(.completed))
        _ = try await run(scripts.cancel(job))
        _ = try await run(scripts.release)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == ["it's-1.log"])
    }
}
