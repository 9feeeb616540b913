import Foundation

/// The files of an open ledger, to notice that they were deleted, moved or replaced: SQLite writes on into files that have
/// no name any more, and what it writes is lost.
struct LedgerFiles: Sendable {
    private struct File: Sendable {
        let path: String
        let device: dev_t
        let inode: ino_t

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (self.path, device, inode) = (path, status.st_dev, status.st_ino)
        }

        var isThere: Bool {
            guard let now = File(path) else { return false }
            return now.device == device && now.inode == inode
        }
    }

    private let files: [File]

    /// Notes the database and its write-ahead log, which exists as long as the database is open.
    init(ledger path: String) { files = [path, path + "-wal"].compactMap(File.init) }

    /// - Throws: ``LedgerError/vanished(path:)`` with the first file that is not there any more.
    func check() throws(LedgerError) {
        if let lost = files.first(where: { !$0.isThere }) { throw .vanished(path: lost.path) }
    }
}
