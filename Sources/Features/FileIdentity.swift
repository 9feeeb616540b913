import Glibc

/// What the file system says of a file. It is another one after every change of the file's bytes, and may be another one
/// of the same bytes after a copy or a remount.
package struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    /// In bytes.
    let size: Int
    /// When bytes last changed.
    private let modification: Time
    /// When bytes or attributes last changed.
    private let change: Time

    private struct Time: Hashable {
        let seconds: Int
        let nanoseconds: Int

        init(_ time: timespec) { (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec) }
    }

    init(_ status: stat) {
        (device, inode, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int(status.st_size))
        (modification, change) = (Time(status.st_mtim), Time(status.st_ctim))
    }

    /// Of the file that a path leads to now; nil if there is none.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Whether both are the same file, changed or not.
    func isSameFile(as other: FileIdentity) -> Bool { device == other.device && inode == other.inode }
}
