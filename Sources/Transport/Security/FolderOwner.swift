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

    /// The owner of the folder, or of the first link on the way to it that is not root's, links behind links among them:
    /// whoever owns a link decides where it leads. Nil if the system does not tell.
    static func owner(of path: String) -> FileOwner? {
        var status = stat()
        var way = path.hasPrefix("/") ? "/" : "."
        var names = path.split(separator: "/").map(String.init)[...]
        var links = 0
        guard stat(way, &status) == 0 else { return nil }
        while let name = names.popFirst() {
            let step = way + "/" + name
            var next = stat()
            guard lstat(step, &next) == 0 else { break }
            guard next.st_mode & S_IFMT == S_IFLNK else {
                (way, status) = (step, next)
                continue
            }
            links += 1
            guard next.st_uid == 0, links <= mostLinks, let target = target(of: step) else { return FileOwner(next) }
            // From where the link is, or from the root.
            if target.hasPrefix("/") { way = "/" }
            names = target.split(separator: "/").map(String.init)[...] + names
        }
        return FileOwner(status)
    }

    /// As many as the kernel follows.
    private static let mostLinks = 40

    private static func target(of link: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(link, &bytes, Int(PATH_MAX))
        return count < 0 ? nil : String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
