import Foundation
import SystemPackage

/// Where a state folder lies, or will lie: found out without writing there.
package struct StatePlace: Sendable {
    /// The folder, or the closest one above it that exists.
    package let existingFolder: String
    /// The type of the file system there, for example `ext4`.
    package let fileSystem: String
    /// Why no ledger may be kept there.
    package let problem: LedgerError?

    package init(_ stateDirectory: String) {
        var folder = FilePath(stateDirectory)
        while access(folder.string, F_OK) != 0, !folder.components.isEmpty {
            folder.removeLastComponent()
            if folder.isEmpty { folder = "." }
        }
        existingFolder = folder.string
        fileSystem = NetworkFileSystem.mountedType(of: folder.string) ?? "file system"
        problem = Self.problem(of: folder.string)
    }

    private static func problem(of folder: String) -> LedgerError? {
        if let type = NetworkFileSystem.type(of: folder) { return .networkFileSystem(path: folder, type: type) }
        guard StateDirectory.isFolder(folder) else { return .readOnly(path: folder, reason: "it is no folder") }
        guard access(folder, W_OK | X_OK) == 0 else {
            return .readOnly(path: folder, reason: String(cString: strerror(errno)))
        }
        return nil
    }
}
