import Foundation
import KernelFiles

/// Detects file systems that several machines may share, where SQLite's locks and shared memory do not work.
enum NetworkFileSystem {
    /// The type of a network file system at this path, nil for a local one.
    static func type(of path: String, mounts: [Mount] = Mount.all()) -> String? {
        mountedType(of: path, mounts: mounts).flatMap { isRemote($0) ? $0 : nil }
    }

    /// The type of the file system at this path, nil where the operating system does not say.
    static func mountedType(of path: String, mounts: [Mount] = Mount.all()) -> String? {
        let path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let above = mounts.filter { $0.contains(path) }
        // Of two mounts at one mount point the later hides the earlier.
        let depth = above.map(\.point.count).max()
        return above.last { $0.point.count == depth }?.type
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
}
