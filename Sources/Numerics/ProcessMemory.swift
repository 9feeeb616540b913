internal import CKernels
internal import Foundation

/// This process's memory, as the operating system counts it.
package enum ProcessMemory {
    /// Bytes of memory that belong to the process alone (RssAnon). Pages of mapped files do not count: the operating
    /// system can evict them.
    package static var anonymous: Int { ck_anonymous_bytes() }

    /// Makes the heap return freed blocks of a megabyte and more to the operating system from now on. By default it
    /// keeps blocks of up to 32 MB, so that freed memory still counts as used.
    package static func returnLargeBlocks() { ck_return_large_blocks(1 << 20) }

    /// Trims the heap: returns smaller blocks that were freed.
    package static func returnFreed() { ck_return_freed() }
}

/// Memory of this machine, or of this process's control group, including the page cache.
package enum MachineMemory {
    /// Bytes: physical memory, or the control group's limit where that is less.
    package static let bytes = min(Int(ProcessInfo.processInfo.physicalMemory), limit)

    private static var limit: Int {
        guard let groups = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8) else { return .max }
        return groups.split(separator: "\n").reduce(.max) { least, line in
            // ID:CONTROLLERS:PATH; version 2 has one line, without controllers.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return least }
            switch parts[1] {
            case "": return min(least, limit(below: "/sys/fs/cgroup", String(parts[2]), file: "memory.max"))
            case "memory":
                return min(
                    least, limit(below: "/sys/fs/cgroup/memory", String(parts[2]), file: "memory.limit_in_bytes"))
            default: return least
            }
        }
    }

    /// The smallest limit of a group and its ancestors.
    private static func limit(below root: String, _ group: String, file: String) -> Int {
        var (path, least) = (group, Int.max)
        while true {
            let text = try? String(contentsOfFile: "\(root)\(path)/\(file)", encoding: .utf8)
            if let value = text.flatMap({ Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }) {
                least = min(least, value)
            }
            guard let slash = path.lastIndex(of: "/"), path != "/" else { return least }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
    }
}
