import Foundation
import TestKit
import Testing

@Suite("A worker that reads its own limits", .serialized)
struct WorkerLifeTests {
    @Test("Without work it leaves in order, and the coordinator takes that for no death")
    func idle() throws {
        let folder = try TemporaryFolder()
        let cluster = try LiveCluster(in: folder.url)
        cluster.workerOptions = ["--idle-timeout", "1s"]
        try cluster.startWorker(1)
        let client = try cluster.submit(try Specification.small.write(in: folder.url))
        #expect(try client.outcome().status == 0)
        #expect(try cluster.end(ofWorker: 1)?.status == 0)
        #expect(cluster.workerLog.contains("nothing was leased to it for 1 s"), "\(cluster.workerLog)")
        try cluster.waitUntil("the coordinator says so") { try cluster.coordinatorLogSoFar().contains("worker left") }
        #expect(!(try cluster.coordinatorLogSoFar().contains("worker lost")))
    }

    @Test("What it takes is said in one line with what said so: the environment, scontrol, or options")
    func allotment() throws {
        let folder = try TemporaryFolder()
        let cluster = try LiveCluster(in: folder.url)
        // A Slurm that knows one job, which ends in an hour.
        let scontrol = folder.file("scontrol")
        let script = """
            #!/bin/sh
            [ "$*" = "show job -o 7_3" ] || exit 1
            echo "JobId=9 ArrayJobId=7 ArrayTaskId=3 JobName=a b StartTime=2026-01-01T00:00:00 EndTime=2126-01-01T01:00:00 Deadline=N/A"
            """
        try Data((script + "\n").utf8).write(to: scontrol)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scontrol.path)
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
        try cluster.startWorker(
            1,
            environment: [
                "PATH": "\(folder.url.path):\(path)", "SLURM_JOB_ID": "9", "SLURM_ARRAY_JOB_ID": "7",
                "SLURM_ARRAY_TASK_ID": "3", "SLURM_MEM_PER_NODE": "700",
            ])
        try cluster.waitUntil("the worker is there") { try cluster.ask("workers").output.contains("worker-1") }
        cluster.signalWorker(1, SIGTERM)
        #expect(try cluster.end(ofWorker: 1)?.status == 0)
        let line = try #require(cluster.workerLog.split(separator: "\n").first { $0.contains("worker starts") })
        for part in [
            "1 (--threads)", "0.5 GB (0.7 GB of SLURM_MEM_PER_NODE, less 0.3 GB", "2126-01-01T",
            "(scontrol show job -o 7_3)", "600 s",
        ] {
            #expect(line.contains(part), "\(line)")
        }
    }

    @Test("With --pin on, the threads of a pass keep to one processor each")
    func pinned() throws {
        let folder = try TemporaryFolder()
        let cluster = try LiveCluster(in: folder.url)
        let worker = try Program(
            [
                "worker", "--connect", cluster.address, "--keys",
                cluster.state.appending(path: "keys/worker.keys").path, "--cache", folder.file("cache").path,
                "--threads", "2", "--pin", "on",
            ], in: folder.url)
        defer { worker.signal(SIGKILL) }
        var long = Specification.small
        long.epochs = 60
        let client = try cluster.submit(try long.write(in: folder.url))
        defer { client.signal(SIGKILL) }
        // Of two threads one is the pool's; the other, which asks it, is the system's to place.
        try cluster.waitUntil("the pool's thread keeps to one processor") {
            pooled(worker.identifier).contains { Int($0) != nil }
        }
        #expect(try processors(of: "/proc/\(worker.identifier)") == processors(of: "/proc/self"))
    }

    /// The processors, as ranges, that each thread of a pool of the process may run on.
    private func pooled(_ process: Int32) -> [String] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        return threads.compactMap { thread in
            let folder = "/proc/\(process)/task/\(thread)"
            guard let name = try? String(contentsOfFile: "\(folder)/comm", encoding: .utf8), name.hasPrefix("numerics-")
            else { return nil }
            return try? processors(of: folder)
        }
    }

    private func processors(of folder: String) throws -> String {
        let lines = try String(contentsOfFile: "\(folder)/status", encoding: .utf8).split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("Cpus_allowed_list:") })
        return line.dropFirst("Cpus_allowed_list:".count).trimmingCharacters(in: .whitespaces)
    }
}
