import CZeroMQ
import Glibc

/// Who may use a secret file, by its mode, its owner and its access control list.
///
/// Either its owner alone may, or it is one of the read-only copies that systems hand to a process: root's, of mode 0440, and
/// readable beside root by this process alone. Kubernetes gives a volume of secrets the group of the pod; systemd gives a
/// credential an access control entry for the user of the service.
struct SecretAccess {
    var mode: mode_t
    var owner: uid_t
    var group: gid_t
    /// The attribute `system.posix_acl_access`; nil without one, and empty, which is no list, if it cannot be read.
    var accessList: [UInt8]?

    /// Of an open file, not of a path, to avoid a check-then-use race. Nil if the system does not tell.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        var list = [UInt8](repeating: 0, count: 4_096)
        let size = probesweep_fgetxattr(descriptor, "system.posix_acl_access", &list, list.count)
        let code = errno
        self.init(
            mode: status.st_mode & 0o7777, owner: status.st_uid, group: status.st_gid,
            accessList: size < 0 ? Self.unreadList(code) : Array(list.prefix(size)))
    }

    /// What stands for a list that was not read: nil if there is none, or the file system has no such thing.
    ///
    /// - Parameter code: why, as in `errno`.
    static func unreadList(_ code: Int32) -> [UInt8]? { [ENODATA, ENOTSUP].contains(code) ? nil : [] }

    init(mode: mode_t, owner: uid_t, group: gid_t, accessList: [UInt8]? = nil) {
        self.mode = mode
        self.owner = owner
        self.group = group
        self.accessList = accessList
    }

    /// Whether nobody may use the file but its owner, root and a process with this identity.
    func isPrivate(to process: ProcessIdentity) -> Bool {
        if mode & 0o077 == 0 { return true }
        guard owner == 0, mode & 0o777 == 0o440 else { return false }
        // With an access control list, the group's bits of the mode are the mask over the list's entries.
        if let accessList {
            return AccessEntry.list(accessList)?.allSatisfy { $0.isPrivate(to: process.user) } ?? false
        }
        return process.groups.contains(group)
    }

    /// For messages.
    var description: String {
        "mode \(String(mode & 0o777, radix: 8)), owner \(owner), group \(group)"
            + (accessList == nil ? "" : ", with an access control list")
    }
}

/// The user and the groups that decide what this process may open.
struct ProcessIdentity {
    var user: uid_t
    var groups: Set<gid_t>

    static var current: ProcessIdentity {
        let count = getgroups(0, nil)
        var groups = [gid_t](repeating: 0, count: max(0, Int(count)))
        let filled = getgroups(count, &groups)
        return ProcessIdentity(user: geteuid(), groups: Set(groups.prefix(max(0, Int(filled)))).union([getegid()]))
    }
}

/// One entry of an access control list, as Linux keeps it in the attribute: tag and permissions of 16 bits each, and an
/// identity of 32, little-endian, after a version number of 32 bits.
private struct AccessEntry {
    private enum Tag: UInt16 {
        case owner = 1
        case user = 2
        case owningGroup = 4
        case group = 8
        case mask = 16
        case other = 32
    }

    private let tag: Tag
    private let permissions: UInt16
    private let identity: UInt32

    /// Nil for bytes that are no such list.
    static func list(_ bytes: [UInt8]) -> [AccessEntry]? {
        guard bytes.count >= 4, bytes.count % 8 == 4, bytes.prefix(4).elementsEqual([2, 0, 0, 0]) else { return nil }
        var entries: [AccessEntry] = []
        for start in stride(from: 4, to: bytes.count, by: 8) {
            let number = { (offset: Int) in UInt16(bytes[start + offset]) | UInt16(bytes[start + offset + 1]) << 8 }
            guard let tag = Tag(rawValue: number(0)) else { return nil }
            let identity = UInt32(number(4)) | UInt32(number(6)) << 16
            entries.append(AccessEntry(tag: tag, permissions: number(2), identity: identity))
        }
        return entries
    }

    func isPrivate(to user: uid_t) -> Bool {
        switch tag {
        case .owner, .mask: true
        case .user: permissions == 0 || identity == user || identity == 0
        case .owningGroup, .group, .other: permissions == 0
        }
    }
}
