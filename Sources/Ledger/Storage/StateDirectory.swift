import Foundation
import SystemPackage

/// A coordinator's state folder, with the ledger and the lock that excludes a second coordinator.
struct StateDirectory {
    let path: String

    var ledger: String { path + "/ledger.sqlite" }
    var lock: String { path + "/coordinator.lock" }

    /// Creates the folder if needed, and rejects one on a network file system.
    func prepare(allowNetworkFileSystem: Bool) throws(LedgerError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .readOnly(path: path, reason: "\(error.localizedDescription)")
        }
        if !allowNetworkFileSystem, let type = NetworkFileSystem.type(of: path) {
            throw .networkFileSystem(path: path, type: type)
        }
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
