import Foundation
import Numerics
import TestKit
import Testing

@testable import Cluster

@Suite("What a process may use of its machine")
struct AllotmentTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A machine with 64 GB, where nothing limits the control group unless it is said.
    private func surroundings(
        _ environment: [String: String] = [:], processors: Int = 16, memoryMax: String? = nil, cpuMax: String? = nil
    ) throws -> Surroundings {
        let files = [
            "proc/self/cgroup": "0::/job", "proc/self/mountinfo": "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
            "sys/fs/cgroup/job/memory.max": memoryMax ?? "max", "sys/fs/cgroup/job/cpu.max": cpuMax ?? "max 100000",
        ]
        for (name, text) in files {
            let file = folder.file(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return Surroundings(
            environment: environment, processors: Array(0..<processors), physicalMemory: 64_000_000_000,
            groups: ControlGroups(root: folder.url.path))
    }

    @Test(
        "Threads are what Slurm says within what the process may run on, else all of that within its quota",
        arguments: [
            ([:], nil, 16, "processors that it may run on"),
            ([:], "250000 100000", 3, "/sys/fs/cgroup/job/cpu.max"),
            ([:], "10000 100000", 1, "/sys/fs/cgroup/job/cpu.max"),
            ([:], "9900000 100000", 16, "processors that it may run on"),
            (["SLURM_CPUS_PER_TASK": "8"], nil, 8, "SLURM_CPUS_PER_TASK"),
            (["SLURM_CPUS_PER_TASK": "8"], "400000 100000", 4, "SLURM_CPUS_PER_TASK is 8; /sys/fs/cgroup/job/cpu.max"),
            (["SLURM_CPUS_PER_TASK": "40"], nil, 16, "SLURM_CPUS_PER_TASK is 40; processors that it may run on"),
            (["SLURM_CPUS_PER_TASK": "0"], nil, 16, "processors that it may run on"),
            (["SLURM_CPUS_PER_TASK": "all"], nil, 16, "processors that it may run on"),
            (["SLURM_CPUS_ON_NODE": "2"], nil, 2, "SLURM_CPUS_ON_NODE"),
        ] as [([String: String], String?, Int, String)])
    func threads(environment: [String: String], quota: String?, threads: Int, source: String) throws {
        let found = Allotment(try surroundings(environment, cpuMax: quota)).threads
        #expect(found.value == threads)
        #expect(found.source == source)
    }

    @Test("What the user asks for goes before anything that is found")
    func options() throws {
        let surroundings = try self.surroundings(["SLURM_CPUS_PER_TASK": "8", "SLURM_MEM_PER_NODE": "1000"])
        let allotment = Allotment(surroundings, threads: 3, memory: 9_000_000_000)
        #expect(allotment.threads == Allotment.Figure(value: 3, source: "--threads"))
        #expect(allotment.memory == Allotment.Figure(value: 9_000_000_000, source: "--memory"))
    }

    @Test(
        "Memory is below the least of the limits, and a default share where nothing limits it",
        arguments: [
            ([:], nil, nil), ([:], "8589934592", 8_589_934_592), ([:], "640000000000", nil),
            (["SLURM_MEM_PER_NODE": "4096"], nil, 4 << 30), (["SLURM_MEM_PER_NODE": "0"], nil, nil),
            (["SLURM_MEM_PER_NODE": "4096"], "1073741824", 1 << 30),
            (["SLURM_MEM_PER_CPU": "2048", "SLURM_CPUS_PER_TASK": "4"], nil, 8 << 30),
            (["SLURM_MEM_PER_CPU": "2048", "SLURM_CPUS_ON_NODE": "3"], nil, 6 << 30),
            (["SLURM_MEM_PER_CPU": "1024"], nil, 16 << 30),
            (["SLURM_MEM_PER_CPU": "9223372036854775807", "SLURM_CPUS_PER_TASK": "9"], nil, nil),
        ] as [([String: String], String?, Int?)])
    func memory(environment: [String: String], group: String?, limit: Int?) throws {
        let allotment = Allotment(try surroundings(environment, memoryMax: group))
        #expect(allotment.memoryLimit?.value == limit)
        let expected = limit.map { $0 - Allotment.headroom(below: $0) } ?? Allotment.defaultMemory
        #expect(allotment.memory.value == expected)
        #expect(allotment.memory(ofEach: 4) == (limit == nil ? expected : expected / 4))
    }

    @Test(
        "The headroom is a tenth, within bounds, and never more than half",
        arguments: [
            (400_000_000, 200_000_000), (1_000_000_000, 256_000_000), (10_000_000_000, 1_000_000_000),
            (100_000_000_000, 2_000_000_000),
        ])
    func headroom(limit: Int, headroom: Int) {
        #expect(Allotment.headroom(below: limit) == headroom)
    }

    @Test("A machine with less than the default share keeps the headroom")
    func smallMachine() {
        let surroundings = Surroundings(
            environment: [:], processors: [0], physicalMemory: 1_000_000_000, groups: ControlGroups(root: "/nowhere"))
        #expect(Allotment(surroundings).memory.value == 744_000_000)
    }

    @Test("Many workers of a machine without a limit share its memory, and few have the default share each")
    func manyWorkers() throws {
        let allotment = Allotment(try surroundings())
        #expect(allotment.memory(ofEach: 15) == Allotment.defaultMemory)
        #expect(allotment.memory(ofEach: 31) == 2_000_000_000)
        #expect(allotment.memory(ofEach: 0) == Allotment.defaultMemory)
    }

    @Test("What says so is told, with the headroom")
    func told() throws {
        let allotment = Allotment(try surroundings(["SLURM_MEM_PER_NODE": "8192", "SLURM_CPUS_PER_TASK": "4"]))
        #expect(allotment.threads.description == "4 (SLURM_CPUS_PER_TASK)")
        #expect(
            allotment.memory.gigabytesDescription
                == "7.7 GB (8.6 GB of SLURM_MEM_PER_NODE, less 0.9 GB for the kernel, the allocator and mapped pages)")
    }

    @Test("This process has at least a thread and some memory")
    func here() {
        let allotment = Allotment(.current)
        #expect(allotment.threads.value >= 1)
        #expect(allotment.memory.value > 100_000_000)
    }
}
