import Foundation
import SystemPackage

/// A coordinator's state folder, with the ledger and the lock that excludes a second coordinator.
struct StateDirectory {
    let path: String

    var ledger: String { path + "/ledger.sqlite" }
    var lock: String { path + "/coordinator.lock" }

    /// Creates the folder if needed, and rejects one on a network file system.
    func prepare(allowNetworkFileSystem: Bool) throws(LedgerError) {
        try Self.create(path)
        if !allowNetworkFileSystem, let type = NetworkFileSystem.type(of: path) {
            throw .networkFileSystem(path: path, type: type)
        }
    }

    /// Makes a folder and those above it, as far as they are missing, with mode 0700 whatever the umask.
    private static func create(_ path: String) throws(LedgerError) {
        if isFolder(path) { return }
        let parent = FilePath(path).removingLastComponent()
        if !parent.isEmpty { try create(parent.string) }
        if mkdir(path, 0o700) == 0 {
            // The umask may have taken permissions away.
            chmod(path, 0o700)
            return
        }
        let failure = Errno(rawValue: errno)
        guard isFolder(path) else { throw .readOnly(path: path, reason: "\(failure)") }
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}

/// Held while a coordinator uses its state folder; the kernel releases it when the process ends.
final class CoordinatorLock: Sendable {
    private let descriptor: FileDescriptor

    /// - Throws: ``LedgerError/locked(path:holder:)`` with the process that holds it.
    init(_ directory: StateDirectory) throws(LedgerError) {
        do {
            descriptor = try .open(
                FilePath(directory.lock), .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
        } catch {
            throw .readOnly(path: directory.lock, reason: "\(error)")
        }
        guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            let holder = (try? String(contentsOfFile: directory.lock, encoding: .utf8)) ?? ""
            try? descriptor.close()
            throw .locked(path: directory.path, holder: holder.isEmpty ? "another process" : holder)
        }
        // Only informative, for the error of a second coordinator: a failure to write it does not matter.
        let owner = "process \(getpid()) on \(ProcessInfo.processInfo.hostName)"
        ftruncate(descriptor.rawValue, 0)
        _ = try? descriptor.writeAll(owner.utf8)
    }

    deinit { try? descriptor.close() }
}
