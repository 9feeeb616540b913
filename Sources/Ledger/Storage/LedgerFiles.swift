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

        /// An error that may pass, of permissions or of the disk, says nothing.
        var isLost: Bool {
            var now = stat()
            if stat(path, &now) == 0 { return now.st_dev != device || now.st_ino != inode }
            return [ENOENT, ENOTDIR, ESTALE].contains(errno)
        }
    }

    private let files: [File]

    /// Notes the database and its write-ahead log, which exists as long as the database is open.
    init(ledger path: String) { files = [path, path + "-wal"].compactMap(File.init) }

    /// - Throws: ``LedgerError/vanished(path:)`` with the first file that is not there any more.
    func check() throws(LedgerError) {
        if let lost = files.first(where: \.isLost) { throw .vanished(path: lost.path) }
    }
}
