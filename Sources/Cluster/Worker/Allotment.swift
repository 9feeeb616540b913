import Numerics

/// What a process may use of its machine, and what says so.
package struct Allotment: Sendable, Equatable {
    package struct Figure: Sendable, Equatable {
        package var value: Int
        /// What says so, for people: an option, a variable or a file.
        package var source: String
    }

    /// Threads to train with.
    package let threads: Figure
    /// Bytes of memory for training: of a limit, what is left below it; of the whole machine, a default share.
    package let memory: Figure
    /// The limit that `memory` is below, if anything says less than that the machine has so much.
    package let memoryLimit: Figure?
    /// Bytes that all processes of the machine may have for training, where nothing limits them.
    private let machineMemory: Int

    /// Bytes for training where nothing says how much of a machine's memory is meant for it.
    package static let defaultMemory = 4_000_000_000

    /// - Parameters:
    ///   - threads: what the user asks for, nil for what is there.
    ///   - memory: bytes, the same.
    package init(_ surroundings: Surroundings, threads: Int? = nil, memory: Int? = nil) {
        let found = Self.threads(surroundings)
        self.threads = threads.map { Figure(value: $0, source: "--threads") } ?? found
        let physical = surroundings.physicalMemory
        memoryLimit = Self.memoryLimits(surroundings, threads: found.value).filter { $0.value < physical }
            .min { $0.value < $1.value }
        machineMemory = physical - Self.headroom(below: physical)
        if let memory {
            self.memory = Figure(value: memory, source: "--memory")
        } else if let memoryLimit {
            let headroom = Self.headroom(below: memoryLimit.value)
            self.memory = Figure(
                value: memoryLimit.value - headroom,
                source: "\(MachineMemory.gigabytes(memoryLimit.value)) of \(memoryLimit.source), less "
                    + "\(MachineMemory.gigabytes(headroom)) for the kernel, the allocator and mapped pages")
        } else {
            self.memory = Figure(
                value: min(Self.defaultMemory, machineMemory),
                source: "default, of \(MachineMemory.gigabytes(physical)) that the machine has")
        }
    }

    /// Bytes for each of several workers of the machine: an even part of a limit; without one, what each has by default, and
    /// at most an even part of the machine's memory.
    package func memory(ofEach workers: Int) -> Int {
        let shared = memoryLimit == nil ? machineMemory : memory.value
        return min(memory.value, shared / max(1, workers))
    }

    /// What is left free below a limit at which the kernel kills: a tenth, at least 256 MB, at most 2 GB, and at most half.
    ///
    /// Training counts what it holds itself. Page tables, sockets, blocks that the allocator keeps and pages of mapped
    /// features count for the limit too, and without room for some pages every reading would go to the disk.
    package static func headroom(below limit: Int) -> Int {
        min(max(limit / 10, 256_000_000), 2_000_000_000, limit / 2)
    }

    /// Slurm's number of processors for each task, within what the process may run on; otherwise all of that.
    private static func threads(_ surroundings: Surroundings) -> Figure {
        let usable = usableProcessors(surroundings)
        guard let wanted = surroundings.number("SLURM_CPUS_PER_TASK"), wanted > 0 else { return usable }
        guard wanted > usable.value else { return Figure(value: wanted, source: "SLURM_CPUS_PER_TASK") }
        return Figure(value: usable.value, source: "SLURM_CPUS_PER_TASK is \(wanted); \(usable.source)")
    }

    /// The processors that the process may run on, or fewer where it may use the time of fewer.
    private static func usableProcessors(_ surroundings: Surroundings) -> Figure {
        var usable = Figure(value: max(1, surroundings.processors.count), source: "processors that it may run on")
        if let quota = surroundings.groups.processors, quota.value.rounded(.up) < Double(usable.value) {
            usable = Figure(value: max(1, Int(quota.value.rounded(.up))), source: quota.file)
        }
        if let onNode = surroundings.number("SLURM_CPUS_ON_NODE"), 0 < onNode, onNode < usable.value {
            usable = Figure(value: onNode, source: "SLURM_CPUS_ON_NODE")
        }
        return usable
    }

    /// - Parameter threads: the processors that Slurm's memory for each is multiplied by, where Slurm does not say.
    private static func memoryLimits(_ surroundings: Surroundings, threads: Int) -> [Figure] {
        var limits: [Figure] = []
        if let group = surroundings.groups.memory { limits.append(Figure(value: group.value, source: group.file)) }
        // Slurm counts in MiB; 0 stands for all that the node has.
        if let node = surroundings.number("SLURM_MEM_PER_NODE"), let bytes = mebibytes(node) {
            limits.append(Figure(value: bytes, source: "SLURM_MEM_PER_NODE"))
        }
        let processors =
            surroundings.number("SLURM_CPUS_PER_TASK") ?? surroundings.number("SLURM_CPUS_ON_NODE") ?? threads
        if let each = surroundings.number("SLURM_MEM_PER_CPU"), let bytes = mebibytes(each, times: processors) {
            limits.append(Figure(value: bytes, source: "SLURM_MEM_PER_CPU × \(processors)"))
        }
        return limits
    }

    /// Nil for what is not more than zero, or too much for any machine.
    private static func mebibytes(_ number: Int, times factor: Int = 1) -> Int? {
        let (product, isTooLarge) = number.multipliedReportingOverflow(by: factor)
        guard !isTooLarge, 0 < product, product < Int.max >> 20 else { return nil }
        return product << 20
    }
}

extension Allotment.Figure {
    /// `8 (SLURM_CPUS_PER_TASK)`.
    package var description: String { "\(value) (\(source))" }
    /// The same in gigabytes.
    package var gigabytesDescription: String { "\(MachineMemory.gigabytes(value)) (\(source))" }
}
