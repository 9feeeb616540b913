import Foundation

/// The user and the group that a file belongs to.
struct FileOwner: Equatable {
    var user: uid_t
    var group: gid_t

    init(user: uid_t, group: gid_t) {
        self.user = user
        self.group = group
    }

    init(_ status: stat) { self.init(user: status.st_uid, group: status.st_gid) }
}

/// The text of a file, and whose file it was read from: the same text is written back for the same user.
struct OwnedText {
    var text: String
    let owner: FileOwner

    /// Nil with the reason in `errno` if it cannot be read or is no text.
    ///
    /// - Parameter followsLinks: whether the last part of the path may be a symbolic link.
    init?(_ path: String, followsLinks: Bool) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | (followsLinks ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else { return nil }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, let data = try? file.readToEnd() ?? Data() else { return nil }
        guard let text = String(data: data, encoding: .utf8) else {
            errno = EILSEQ
            return nil
        }
        self.text = text
        owner = FileOwner(status)
    }
}
