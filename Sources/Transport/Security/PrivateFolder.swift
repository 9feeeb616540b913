import Glibc

/// Folders for this user alone.
package enum PrivateFolder {
    /// Makes a folder and those above it, as far as they are missing, with mode 0700 whatever the umask.
    ///
    /// - Throws: ``TransportError/unwritable(path:reason:)`` with the path that cannot be made.
    package static func create(_ path: String) throws(TransportError) {
        if isFolder(path) { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try create(String(path[..<slash])) }
        if mkdir(path, 0o700) == 0 {
            // The umask may have taken permissions away.
            chmod(path, 0o700)
            return
        }
        let code = errno
        guard isFolder(path) else { throw .unwritable(path: path, reason: String(cString: strerror(code))) }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
