import Glibc

/// Whose rights root's commands use in a folder of another user.
///
/// That user decides what is in the folder, links to what is not theirs among it. As themselves they reach no more through such
/// a link than they could without root; and what is made there is theirs, so that their programs can read it.
package enum FolderOwner {
    /// Makes this process one of the folder's owner, for good, if it is root's and the folder is not. Of a folder that does
    /// not exist yet it is the one that it will be made in.
    ///
    /// - Throws: ``TransportError/call(_:on:reason:)`` if the system refuses.
    package static func become(_ path: String) throws(TransportError) {
        guard geteuid() == 0, let owner = owner(of: path), owner.user != 0 else { return }
        let account = getpwuid(owner.user)
        // Without an account the folder's group may be root's, which would open what that group may read.
        var group = account?.pointee.pw_gid ?? (owner.group == 0 ? gid_t(owner.user) : owner.group)
        let groups = if let account { initgroups(account.pointee.pw_name, group) } else { setgroups(1, &group) }
        guard groups == 0, setgid(group) == 0, setuid(owner.user) == 0 else {
            throw .call("change to user \(owner.user)", on: path, reason: String(cString: strerror(errno)))
        }
    }

    /// The owner of the folder, or of the first link on the way to it that is not root's: whoever owns a link decides where
    /// it leads. Nil if the system does not tell.
    static func owner(of path: String) -> FileOwner? {
        var status = stat()
        var way = path.hasPrefix("/") ? "/" : "."
        guard stat(way, &status) == 0 else { return nil }
        for name in path.split(separator: "/") {
            way += "/" + name
            var next = stat()
            guard lstat(way, &next) == 0 else { break }
            if next.st_mode & S_IFMT == S_IFLNK {
                if next.st_uid != 0 { return FileOwner(next) }
                guard stat(way, &next) == 0 else { break }
            }
            status = next
        }
        return FileOwner(status)
    }
}
