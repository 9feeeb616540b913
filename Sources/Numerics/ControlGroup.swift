internal import Foundation

/// Files of this process's control group and of the groups above it (`cgroups(7)`).
enum ControlGroup {
    /// The contents of a file in the group and in each above it, as far as there is one.
    ///
    /// - Parameters:
    ///   - file: its name in version 2, for example `memory.max`.
    ///   - earlier: its controller and name in version 1, for example `memory/memory.limit_in_bytes`.
    static func values(of file: String? = nil, before earlier: String? = nil) -> [String] {
        guard let groups = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8) else { return [] }
        let parts = earlier?.split(separator: "/").map(String.init) ?? []
        return groups.split(separator: "\n").flatMap { line -> [String] in
            // ID:CONTROLLERS:PATH; version 2 has one line, without controllers.
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 3 else { return [] }
            if fields[1].isEmpty { return file.map { values(below: "/sys/fs/cgroup", fields[2], $0) } ?? [] }
            guard parts.count == 2, fields[1].split(separator: ",").contains(parts[0][...]) else { return [] }
            return values(below: "/sys/fs/cgroup/\(fields[1])", fields[2], parts[1])
        }
    }

    private static func values(below root: String, _ group: String, _ file: String) -> [String] {
        var (path, values) = (group, [String]())
        while true {
            if let text = try? String(contentsOfFile: "\(root)\(path)/\(file)", encoding: .utf8) {
                values.append(text.trimmingCharacters(in: .whitespacesAndNewlines))
            }
            guard let slash = path.lastIndex(of: "/"), path != "/" else { return values }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
    }
}
