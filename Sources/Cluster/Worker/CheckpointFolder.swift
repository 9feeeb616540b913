package import Foundation
import Identities
package import Ledger
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
    /// Hours after which a file whose writing was not finished is removed.
    private static let unfinishedHours = 1.0
    /// Free disk space that is left to results.
    private static let reserve = 512 << 20

    /// The folder within a worker's cache.
    package static func place(in cache: URL) -> URL { cache.appending(path: "checkpoints") }

    /// Opens the folder, and removes what was abandoned there.
    package static func open(_ folder: URL, interval: Double) throws -> CheckpointFolder {
        try PrivateFolder.create(folder.path)
        removeAbandoned(in: folder, now: .now)
        return CheckpointFolder(folder: folder, interval: interval)
    }

    /// Removes checkpoints that nobody went on with for a week, and files of processes that were killed while they
    /// wrote one. Other workers may be using the folder.
    static func removeAbandoned(in folder: URL, now: Date) {
        for file in files(in: folder) {
            let changed = try? file.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate
            let limit = unit(of: file) == nil ? unfinishedHours * 3_600 : days * 86_400
            guard let changed, now.timeIntervalSince(changed) > limit else { continue }
            try? FileManager.default.removeItem(at: file)
        }
    }

    /// Removes all but the checkpoints of units that an active sweep of the ledger is still to train. No worker may be
    /// using the folder.
    ///
    /// A unit in quarantine starts over when it is tried again: its checkpoint may be what it fails at.
    package static func removeUnneeded(in folder: URL, ledger: LedgerReader) {
        let files = files(in: folder)
        // What is kept for a ledger that cannot be read costs only space.
        guard !files.isEmpty, let needed = try? ledger.unitsToTrain() else { return }
        for file in files {
            if let unit = unit(of: file), needed.contains(unit) { continue }
            try? FileManager.default.removeItem(at: file)
        }
    }

    private static func files(in folder: URL) -> [URL] {
        (try? FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: [.contentModificationDateKey])) ?? []
    }

    /// The unit that a file is the checkpoint of; nil for one whose writing was not finished.
    private static func unit(of file: URL) -> UnitKey? {
        file.pathExtension == "checkpoint" ? UnitKey(file.deletingPathExtension().lastPathComponent) : nil
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
