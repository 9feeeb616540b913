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
}
