import Foundation

/// Secret files: mode 0600 from the first byte, and rejected if anybody else may use them (``SecretAccess``).
package enum PrivateFile {
    package static func create(_ path: String, text: String) throws(TransportError) {
        let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .keyFile(
                path: path, problem: "it cannot be created: \(String(cString: strerror(errno)))",
                remedy: "Keys are never overwritten: choose an empty folder, or remove the old keys first")
        }
        try write(text, to: descriptor, path)
    }

    /// Writes a file beside the path and renames it, so that readers see the old text or the new one.
    package static func replace(_ path: String, text: String) throws(TransportError) {
        try replace(path, text: text, owner: nil)
    }

    /// The same, and what root changes of another user's file stays theirs.
    ///
    /// - Parameter owner: of the text that is changed; nil for this process.
    static func replace(_ path: String, text: String, owner: FileOwner?) throws(TransportError) {
        // Of a name that nobody else chooses: two writers at once must not mix their texts.
        let partial = path + ".partial-\(UInt64.random(in: .min ... .max))"
        let descriptor = open(partial, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path: partial, reason: String(cString: strerror(errno))) }
        if geteuid() == 0, let owner { _ = fchown(descriptor, owner.user, owner.group) }
        try write(text, to: descriptor, partial)
        do throws(TransportError) {
            try move(partial, to: path)
        } catch {
            unlink(partial)
            throw error
        }
    }

    /// Renames a file, and has that on the disk when it returns.
    package static func move(_ path: String, to newPath: String) throws(TransportError) {
        guard rename(path, newPath) == 0 else {
            throw .unwritable(path: newPath, reason: String(cString: strerror(errno)))
        }
        // Some file systems refuse it, and have written the name already.
        let descriptor = open(folder(of: newPath), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Writes everything down to the disk and closes the descriptor; removes the file if that fails.
    private static func write(_ text: String, to descriptor: Int32, _ path: String) throws(TransportError) {
        var rest = Array(text.utf8)[...]
        var isWritten = true
        while !rest.isEmpty, isWritten {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            isWritten = count > 0
            rest = rest.dropFirst(max(0, count))
        }
        isWritten = isWritten && fsync(descriptor) == 0
        let reason = String(cString: strerror(errno))
        guard close(descriptor) == 0, isWritten else {
            unlink(path)
            throw .unwritable(path: path, reason: reason)
        }
    }

    /// The text of a secret file, through symbolic links.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` for a file that others may use; see ``SecretAccess``.
    static func read(_ path: String) throws(TransportError) -> String { try readOwned(path).text }

    /// The same, with whose file it is.
    static func readOwned(_ path: String) throws(TransportError) -> (text: String, owner: FileOwner) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .keyFile(
                path: path, problem: "it cannot be read: \(String(cString: strerror(errno)))",
                remedy: "`probesweep keys new --output DIR` makes keys")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard let access = SecretAccess(descriptor: descriptor) else {
            throw .call("fstat", on: path, reason: String(cString: strerror(errno)))
        }
        guard access.isPrivate(to: .current) else {
            throw .keyFile(
                path: path, problem: "users other than its owner may use it (\(access.description))",
                remedy:
                    "chmod 600 \(path), and make new keys if strangers could have read it. A file of mode 440 is taken "
                    + "from root only, as Kubernetes and systemd hand out secrets, and only by a process in its group")
        }
        do {
            let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
            return (text, FileOwner(user: access.owner, group: access.group))
        } catch {
            throw .call("read", on: path, reason: String(cString: strerror(errno)))
        }
    }
}
