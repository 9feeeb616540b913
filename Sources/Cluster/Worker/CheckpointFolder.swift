package import Foundation
import Identities
import Ledger
import Logging
import Sweeps
import Training
import Transport

/// Checkpoints of units on disk, one file each, shared by the workers of a host: a later process resumes what an
/// earlier one left.
package struct CheckpointFolder: Sendable {
    private let folder: URL
    /// Seconds between the checkpoints of a pass.
    private let interval: Double

    /// Days after which an abandoned checkpoint is removed.
    private static let days = 7.0
    /// Free disk space that is left to results.
    private static let reserve = 512 << 20

    /// The folder within a worker's cache.
    package static func place(in cache: URL) -> URL { cache.appending(path: "checkpoints") }

    /// Opens the folder, and removes old checkpoints.
    package static func open(_ folder: URL, interval: Double) throws -> CheckpointFolder {
        try PrivateFolder.create(folder.path)
        let files = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: [.contentModificationDateKey])
        for file in files {
            let changed = try? file.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate
            if let changed, Date.now.timeIntervalSince(changed) > days * 86_400 {
                try? FileManager.default.removeItem(at: file)
            }
        }
        return CheckpointFolder(folder: folder, interval: interval)
    }

    /// Removes the checkpoints of units that have a result, which some worker left and another one finished.
    static func removeFinished(in folder: URL, ledger: LedgerReader) {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        for file in files {
            guard let unit = UnitKey(file.deletingPathExtension().lastPathComponent),
                (try? ledger.record(of: unit))?.result != nil
            else { continue }
            try? FileManager.default.removeItem(at: file)
        }
    }

    /// Forgets units that need no checkpoint any more.
    func remove(_ units: some Sequence<UnitKey>) {
        for unit in units { try? FileManager.default.removeItem(at: file(of: unit)) }
    }

    /// The folder as a pass sees it.
    func store(_ logger: Logger) -> CheckpointStore {
        CheckpointStore(
            interval: interval,
            load: { unit in (try? Data(contentsOf: file(of: unit))).map(Array.init) },
            save: { unit, bytes in
                do {
                    try save(bytes, of: unit)
                } catch {
                    logger.warning(
                        "checkpoint not kept",
                        metadata: ["unit": "\(unit)", "folder": "\(folder.path)", "problem": "\(error)"])
                }
            },
            resumed: { units in
                logger.info(
                    "training resumes",
                    metadata: [
                        "units": "\(units.count)", "from.epoch": "\(units.values.min() ?? 0)",
                        "to.epoch": "\(units.values.max() ?? 0)",
                    ])
            })
    }

    private func file(of unit: UnitKey) -> URL { folder.appending(path: "\(unit).checkpoint") }

    private func save(_ bytes: [UInt8], of unit: UnitKey) throws {
        guard try free() > bytes.count + Self.reserve else { throw CocoaError(.fileWriteOutOfSpace) }
        try Data(bytes).write(to: file(of: unit), options: .atomic)
    }

    private func free() throws -> Int {
        var status = statvfs()
        guard statvfs(folder.path, &status) == 0 else { throw CocoaError(.fileReadUnknown) }
        return Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }
}
