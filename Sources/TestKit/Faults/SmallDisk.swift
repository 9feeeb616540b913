import Foundation

/// A small in-memory file system that is easily filled; unmounted with the last reference.
package final class SmallDisk: Sendable {
    package let path: String
    private let folder: TemporaryFolder

    /// Why this machine cannot mount one; nil if it can.
    package static let refusal: String? = {
        do {
            _ = try SmallDisk(mebibytes: 1)
            return nil
        } catch {
            return "a small file system cannot be mounted: \(error)"
        }
    }()

    package init(mebibytes: Int) throws {
        folder = try TemporaryFolder()
        path = folder.url.path
        try Command.run("mount", "-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs", path)
    }

    deinit { try? Command.run("umount", "--lazy", path) }

    package func resize(mebibytes: Int) throws { try Command.run("mount", "-o", "remount,size=\(mebibytes)m", path) }

    package func makeReadOnly() throws { try Command.run("mount", "-o", "remount,ro", path) }

    package func makeWritable() throws { try Command.run("mount", "-o", "remount,rw", path) }
}
