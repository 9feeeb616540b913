internal import Foundation

/// Memory of this machine, or of this process's control group, including the page cache.
package enum MachineMemory {
    /// Bytes: physical memory, or the control group's limit where that is less.
    package static let bytes = min(physical, ControlGroups().memory?.value ?? .max)

    package static var physical: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }

    /// Bytes as people read them: `8.6 GB`.
    package static func gigabytes(_ bytes: Int) -> String { "\((Double(bytes) / 1e8).rounded() / 10) GB" }
}
