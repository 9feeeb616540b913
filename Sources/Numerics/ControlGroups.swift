internal import Foundation
import KernelFiles

/// The control groups of this process and those above them, as far as they are mounted (`cgroups(7)`): version 2,
/// version 1 with a hierarchy for each controller, or both.
package struct ControlGroups: Sendable {
    /// What a group allows, and the file that says so.
    package struct Limit<Value: Sendable & Equatable>: Sendable, Equatable {
        package let value: Value
        package let file: String
    }

    private let root: String
    private let memberships: [Membership]
    private let mounts: [Mount]

    /// - Parameter root: The folder that `/proc` and all mount points are looked for in, without a slash at its end.
    package init(root: String = "") {
        self.root = root
        memberships = Self.lines(of: root + "/proc/self/cgroup").compactMap { Membership($0) }
        mounts = Mount.all(root + "/proc/self/mountinfo").filter { !$0.hierarchies.isEmpty }
    }

    /// The least memory limit of a group, in bytes, page cache included; nil without one.
    package var memory: Limit<Int>? {
        let values = limits("memory.max", of: .version2) + limits("memory.limit_in_bytes", of: .controller("memory"))
        // Version 1 has no word for no limit; it is the largest number of pages.
        return values.compactMap { limit in
            Int(limit.value).flatMap { 0 < $0 && $0 < 1 << 60 ? Limit(value: $0, file: limit.file) : nil }
        }
        .min { $0.value < $1.value }
    }

    /// The processors whose time the groups may use, which need not be a whole number; nil without a limit.
    package var processors: Limit<Double>? {
        let periods = limits("cpu.cfs_period_us", of: .controller("cpu")).map(\.value)
        let earlier = zip(limits("cpu.cfs_quota_us", of: .controller("cpu")), periods).map { quota, period in
            Limit(value: "\(quota.value) \(period)", file: quota.file)
        }
        return (limits("cpu.max", of: .version2) + earlier).compactMap { limit in
            Self.quota(limit.value).map { Limit(value: $0, file: limit.file) }
        }
        .min { $0.value < $1.value }
    }

    /// Microseconds of each period, then of the period; no limit is the word `max`, or a negative number.
    private static func quota(_ text: String) -> Double? {
        let numbers = text.split(separator: " ").map { Double($0) }
        guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0 else {
            return nil
        }
        return quota / period
    }

    /// The contents of a file in the process's group and in each above it, the closest first, where there is one.
    private func limits(_ file: String, of hierarchy: Hierarchy) -> [Limit<String>] {
        folders(of: hierarchy).compactMap { folder in
            let path = "\(folder)/\(file)"
            guard let text = KernelFile.text(root + path) else { return nil }
            return Limit(value: text.trimmingCharacters(in: .whitespacesAndNewlines), file: path)
        }
    }

    private func folders(of hierarchy: Hierarchy) -> [String] {
        guard let group = memberships.first(where: { $0.hierarchies.contains(hierarchy) })?.group else { return [] }
        let mounts = mounts.filter { $0.hierarchies.contains(hierarchy) }
        // A container may show a part of the hierarchy only. Where that is not above the group, it is all there is to see.
        guard let mount = mounts.first(where: { $0.path(of: group) != nil }) ?? mounts.first else { return [] }
        var (path, folders) = (mount.path(of: group) ?? "", [mount.point])
        while let slash = path.lastIndex(of: "/") {
            folders.insert(mount.point + path, at: folders.count - 1)
            path = String(path[..<slash])
        }
        return folders
    }

    private static func lines(of file: String) -> [Substring] {
        KernelFile.text(file)?.split(separator: "\n") ?? []
    }
}

private enum Hierarchy: Equatable {
    case version2
    case controller(String)
}

/// A line of `/proc/self/cgroup`, ID:CONTROLLERS:GROUP; that of version 2 has no controllers.
private struct Membership {
    let hierarchies: [Hierarchy]
    let group: String

    init?(_ line: Substring) {
        let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { return nil }
        hierarchies = fields[1].isEmpty ? [.version2] : fields[1].split(separator: ",").map { .controller(String($0)) }
        group = String(fields[2])
    }
}

extension Mount {
    /// The hierarchies of control groups that are seen here.
    fileprivate var hierarchies: [Hierarchy] {
        switch type {
        case "cgroup2": [.version2]
        case "cgroup": options.map { .controller($0) }
        default: []
        }
    }

    /// The group's path below the mount point, empty for the point itself; nil for a group that is not below it.
    fileprivate func path(of group: String) -> String? {
        let top = root == "/" ? "" : root
        guard group == top || group.hasPrefix(top + "/"), !group.split(separator: "/").contains("..") else {
            return nil
        }
        return group == "/" ? "" : String(group.dropFirst(top.count))
    }
}
