/// A line of a table of mounts, `/proc/self/mountinfo` (`proc_pid_mountinfo(5)`).
package struct Mount: Sendable {
    /// The part of the file system that is seen at the mount point.
    package let root: String
    package let point: String
    /// The file system's type, such as `ext4`.
    package let type: String
    /// The options of the file system, not those of the mount.
    package let options: [String]

    /// The mounts that this process sees, in the order in which they were made; none where the system does not say.
    package static func all(_ file: String = "/proc/self/mountinfo") -> [Mount] {
        KernelFile.text(file)?.split(separator: "\n").compactMap { Mount($0) } ?? []
    }

    /// Nil for a line that is none of such a table.
    package init?(_ line: Substring) {
        // 36 35 98:0 ROOT POINT OPTIONS [OPTIONAL…] - TYPE SOURCE OPTIONS
        let halves = line.split(separator: " - ", maxSplits: 1)
        guard halves.count == 2 else { return nil }
        let (place, kind) = (halves[0].split(separator: " "), halves[1].split(separator: " "))
        guard place.count >= 5, kind.count >= 3 else { return nil }
        root = Self.unescaped(place[3])
        point = Self.unescaped(place[4])
        type = String(kind[0])
        options = kind[2].split(separator: ",").map(String.init)
    }

    /// Whether this mount's point is the path or a folder above it.
    package func contains(_ path: String) -> Bool {
        point == "/" || path == point || path.hasPrefix(point + "/")
    }

    /// Spaces and some other characters are written as a backslash and three octal digits.
    private static func unescaped(_ text: Substring) -> String {
        let parts = text.split(separator: "\\", omittingEmptySubsequences: false)
        return parts.dropFirst().reduce(String(parts.first ?? "")) { whole, part in
            guard let code = UInt8(part.prefix(3), radix: 8) else { return whole + "\\" + part }
            return whole + String(Character(Unicode.Scalar(code))) + part.dropFirst(3)
        }
    }
}
