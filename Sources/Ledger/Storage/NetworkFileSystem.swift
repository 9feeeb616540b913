import Foundation

/// Detects file systems that several machines may share, where SQLite's locks and shared memory do not work.
enum NetworkFileSystem {
    /// The type of a network file system at this path, nil for a local one.
    static func type(of path: String) -> String? {
        mountedType(of: path).flatMap { isRemote($0) ? $0 : nil }
    }

    /// Looks the path up in a table in the format of `/proc/self/mountinfo` (`proc_pid_mountinfo(5)`).
    static func type(of path: String, mounts: String) -> String? {
        mountedType(of: path, mounts: mounts).flatMap { isRemote($0) ? $0 : nil }
    }

    /// The type of the file system at this path, nil where the operating system does not say.
    static func mountedType(of path: String) -> String? {
        guard let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) else { return nil }
        return mountedType(of: URL(fileURLWithPath: path).resolvingSymlinksInPath().path, mounts: mounts)
    }

    private static func mountedType(of path: String, mounts: String) -> String? {
        var deepest = (point: "", type: "")
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.endIndex else { continue }
            let point = unescaped(fields[4])
            // Of two mounts at one mount point the later hides the earlier.
            guard point.count >= deepest.point.count, contains(point, path) else { continue }
            deepest = (point, String(fields[dash + 1]))
        }
        return deepest.type.isEmpty ? nil : deepest.type
    }

    private static func contains(_ point: String, _ path: String) -> Bool {
        point == "/" || path == point || path.hasPrefix(point + "/")
    }

    private static func isRemote(_ type: String) -> Bool {
        remote.contains(type) || remoteFUSE.contains { type.hasPrefix("fuse." + $0) }
    }

    private static let remote: Set = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "gpfs", "ceph", "afs", "auristorfs", "beegfs", "orangefs",
        "pvfs2", "panfs", "coda", "ncpfs", "ocfs2", "gfs2", "wekafs", "9p",
    ]

    /// FUSE serves local disks too, so its network file systems are listed by name.
    private static let remoteFUSE = [
        "sshfs", "gluster", "ceph", "s3fs", "gcsfuse", "goofys", "rclone", "juicefs", "beegfs",
    ]

    /// Blanks in mount points are written as octal numbers.
    private static func unescaped(_ field: Substring) -> String {
        String(field).replacing("\\040", with: " ").replacing("\\011", with: "\t").replacing("\\134", with: "\\")
    }
}
