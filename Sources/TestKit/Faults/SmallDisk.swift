import Foundation

/// A small in-memory file system that fills up soon, unmounted with the last reference to it.
public final class SmallDisk: Sendable {
    public let path: String
    private let folder: TemporaryFolder

    /// Why this machine makes none; nil where it does.
    public static let refusal: String? = {
        do {
            _ = try SmallDisk(mebibytes: 1)
            return nil
        } catch {
            return "no small file system can be mounted: \(error)"
        }
    }()

    public init(mebibytes: Int) throws {
        folder = try TemporaryFolder()
        path = folder.url.path
        try Command.run("mount", "-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs", path)
    }

    deinit { try? Command.run("umount", "--lazy", path) }

    public func resize(mebibytes: Int) throws { try Command.run("mount", "-o", "remount,size=\(mebibytes)m", path) }

    public func makeReadOnly() throws { try Command.run("mount", "-o", "remount,ro", path) }

    public func makeWritable() throws { try Command.run("mount", "-o", "remount,rw", path) }
}
