internal import Foundation

/// Memory of this machine, or of this process's control group, including the page cache.
package enum MachineMemory {
    /// Bytes: physical memory, or the control group's limit where that is less.
    package static let bytes = min(Int(ProcessInfo.processInfo.physicalMemory), limit)

    private static var limit: Int {
        let limits = ControlGroup.values(of: "memory.max", before: "memory/memory.limit_in_bytes").compactMap(Int.init)
        return limits.min() ?? .max
    }
}

/// The processors that this process may use.
package enum MachineProcessors {
    /// Those that it may run on.
    package static var count: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

    /// The processors whose time the control group may use, which need not be a whole number; nil without a limit.
    package static var quota: Double? {
        let pairs = ControlGroup.values(of: "cpu.max").map { $0.split(separator: " ").compactMap { Double($0) } }
        let quotas = ControlGroup.values(before: "cpu/cpu.cfs_quota_us").map(Double.init)
        let periods = ControlGroup.values(before: "cpu/cpu.cfs_period_us").map(Double.init)
        let earlier = zip(quotas, periods).map { [$0, $1].compactMap { $0 } }
        return quota(of: pairs + earlier)
    }

    /// The smallest quota among microseconds of every period: no limit is the word `max`, or a negative number.
    static func quota(of pairs: [[Double]]) -> Double? {
        pairs.compactMap { $0.count == 2 && $0[0] > 0 && $0[1] > 0 ? $0[0] / $0[1] : nil }.min()
    }
}
