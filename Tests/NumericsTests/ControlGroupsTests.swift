import Foundation
import TestKit
import Testing

@testable import Numerics

@Suite("Control groups")
struct ControlGroupsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func tree(_ files: [String: String]) throws -> ControlGroups {
        for (name, text) in files {
            let file = folder.file(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data((text + "\n").utf8).write(to: file)
        }
        return ControlGroups(root: folder.url.path)
    }

    private let version2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate"

    @Test("In version 2 the least limit on the path from the group to the top counts")
    func path() throws {
        let groups = try tree([
            "proc/self/cgroup": "0::/system.slice/slurmstepd.scope/job_7/step_0",
            "proc/self/mountinfo": version2,
            "sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/step_0/memory.max": "max",
            "sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/step_0/cpu.max": "max 100000",
            "sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/memory.max": "8589934592",
            "sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/cpu.max": "350000 100000",
            "sys/fs/cgroup/system.slice/memory.max": "17179869184",
            "sys/fs/cgroup/system.slice/cpu.max": "800000 100000",
        ])
        let job = "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_7"
        #expect(groups.memory == ControlGroups.Limit(value: 8 << 30, file: "\(job)/memory.max"))
        #expect(groups.processors == ControlGroups.Limit(value: 3.5, file: "\(job)/cpu.max"))
    }

    @Test("In version 1 each controller has its own hierarchy, and the largest numbers mean no limit")
    func version1() throws {
        let mounts = """
            33 25 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:12 - cgroup cgroup rw,cpu,cpuacct
            35 25 0:31 / /sys/fs/cgroup/memory rw shared:14 - cgroup cgroup rw,memory
            """
        let membership = "5:memory:/slurm/uid_1/job_2\n4:cpuacct,cpu:/user.slice\n1:name=systemd:/other"
        var groups = try tree([
            "proc/self/cgroup": membership, "proc/self/mountinfo": mounts,
            "sys/fs/cgroup/memory/slurm/uid_1/job_2/memory.limit_in_bytes": "9223372036854771712",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
            "sys/fs/cgroup/cpu,cpuacct/user.slice/cpu.cfs_quota_us": "-1",
            "sys/fs/cgroup/cpu,cpuacct/user.slice/cpu.cfs_period_us": "100000",
        ])
        #expect(groups.memory == nil)
        #expect(groups.processors == nil)
        groups = try tree([
            "sys/fs/cgroup/memory/slurm/uid_1/memory.limit_in_bytes": "4294967296",
            "sys/fs/cgroup/cpu,cpuacct/user.slice/cpu.cfs_quota_us": "150000",
        ])
        #expect(groups.memory?.value == 4 << 30)
        #expect(groups.memory?.file == "/sys/fs/cgroup/memory/slurm/uid_1/memory.limit_in_bytes")
        #expect(groups.processors?.value == 1.5)
    }

    @Test("In a hybrid hierarchy both versions count")
    func hybrid() throws {
        let groups = try tree([
            "proc/self/cgroup": "4:memory:/job\n1:name=systemd:/init.scope\n0::/init.scope",
            "proc/self/mountinfo": """
            31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755
            35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
            41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            """,
            "sys/fs/cgroup/memory/job/memory.limit_in_bytes": "2147483648",
            "sys/fs/cgroup/unified/init.scope/cpu.max": "200000 100000",
        ])
        #expect(groups.memory?.value == 2 << 30)
        #expect(groups.processors?.value == 2)
    }

    @Test(
        "In a container the limit is at the mount point, whether it sees its own group as the top or not",
        arguments: [
            ("0::/", "/"), ("0::/docker/3f", "/docker/3f"), ("0::/", "/../.."), ("0::/../other", "/"),
            ("0::/kubepods/pod1/c2", "/docker/3f"),
        ])
    func container(membership: String, top: String) throws {
        let groups = try tree([
            "proc/self/cgroup": membership,
            "proc/self/mountinfo": "1493 1492 0:26 \(top) /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw",
            "sys/fs/cgroup/memory.max": "536870912", "sys/fs/cgroup/cpu.max": "50000 100000",
        ])
        #expect(groups.memory == ControlGroups.Limit(value: 512 << 20, file: "/sys/fs/cgroup/memory.max"))
        #expect(groups.processors?.value == 0.5)
    }

    @Test("Mount points with spaces are found, and the mount that shows the group is taken before others")
    func mounts() throws {
        let groups = try tree([
            "proc/self/cgroup": "0::/a/b",
            "proc/self/mountinfo": """
            20 1 0:26 /elsewhere /mnt rw - cgroup2 cgroup2 rw
            21 1 0:26 /a /the\\040groups rw - cgroup2 cgroup2 rw
            """,
            "mnt/memory.max": "1", "the groups/b/memory.max": "1073741824",
        ])
        #expect(groups.memory == ControlGroups.Limit(value: 1 << 30, file: "/the groups/b/memory.max"))
    }

    @Test("Files that are missing or make no sense set no limit")
    func nonsense() throws {
        #expect(try tree([:]).memory == nil)
        let groups = try tree([
            "proc/self/cgroup": "0::/\nnonsense\n7", "proc/self/mountinfo": "1 2 3 - \n\n\(version2)\nx - cgroup2",
            "sys/fs/cgroup/memory.max": "-5", "sys/fs/cgroup/cpu.max": "100000 0",
        ])
        #expect(groups.memory == nil)
        #expect(groups.processors == nil)
    }

    @Test("This process has a processor, and restricting a thread restricts the threads that it starts")
    func affinity() async {
        let allowed = ProcessorAffinity.allowed
        #expect(!allowed.isEmpty && allowed == allowed.sorted())
        let seen = await withCheckedContinuation { continuation in
            // A thread that ends with its restriction.
            Thread {
                ProcessorAffinity.allow([allowed[0]])
                Thread { continuation.resume(returning: ProcessorAffinity.allowed) }.start()
            }.start()
        }
        #expect(seen == [allowed[0]])
        #expect(ProcessorAffinity.allowed == allowed)
    }
}
