import Foundation
import TestKit
import Testing

@testable import Transport

@Suite("Who may use a key file")
struct SecretAccessTests {
    private static let process = ProcessIdentity(user: 1_000, groups: [1_000, 2_000])

    @Test(
        "A file of its owner alone is taken, and root's read-only file of a group that the process is in",
        arguments: [(0o600, 1_000, 1_000), (0o400, 0, 0), (0o440, 0, 2_000)] as [(mode_t, uid_t, gid_t)])
    func taken(_ mode: mode_t, _ owner: uid_t, _ group: gid_t) {
        #expect(SecretAccess(mode: mode, owner: owner, group: group).isPrivate(to: Self.process))
    }

    @Test(
        "Anything more open is refused: another owner's group, a foreign group, a writable group, everybody",
        arguments: [
            (0o440, 1_000, 2_000), (0o440, 0, 3_000), (0o460, 0, 2_000), (0o640, 0, 2_000), (0o444, 0, 2_000),
            (0o604, 1_000, 1_000), (0o441, 0, 2_000), (0o450, 0, 2_000), (0o420, 0, 2_000),
        ] as [(mode_t, uid_t, gid_t)])
    func refused(_ mode: mode_t, _ owner: uid_t, _ group: gid_t) {
        #expect(!SecretAccess(mode: mode, owner: owner, group: group).isPrivate(to: Self.process))
    }

    /// The bytes of a list with these entries: tag, permissions, identity.
    private static func list(_ entries: [(UInt16, UInt16, UInt32)]) -> [UInt8] {
        entries.reduce(into: [2, 0, 0, 0]) { bytes, entry in
            for word in [entry.0, entry.1, UInt16(truncatingIfNeeded: entry.2), UInt16(entry.2 >> 16)] {
                bytes += [UInt8(truncatingIfNeeded: word), UInt8(word >> 8)]
            }
        }
    }

    @Test("A list that lets in this user alone is taken, as systemd makes it for a credential; one for others is not")
    func accessList() {
        let common: [(UInt16, UInt16, UInt32)] = [(1, 4, .max), (4, 0, .max), (16, 4, .max), (32, 0, .max)]
        func isTaken(_ entries: [(UInt16, UInt16, UInt32)], group: gid_t = 0) -> Bool {
            SecretAccess(mode: 0o440, owner: 0, group: group, accessList: Self.list(entries)).isPrivate(
                to: Self.process)
        }
        #expect(isTaken(common + [(2, 4, 1_000)]))
        #expect(!isTaken(common + [(2, 4, 1_001)]))
        #expect(!isTaken(common + [(2, 4, 1_000), (8, 4, 2_000)]))
        #expect(!isTaken([(1, 4, .max), (4, 4, .max), (16, 4, .max), (32, 0, .max)], group: 2_000))
        let junk = SecretAccess(mode: 0o440, owner: 0, group: 2_000, accessList: [1, 2, 3])
        #expect(!junk.isPrivate(to: Self.process))
    }

    @Test(
        "A list that cannot be read is taken for one that lets others in; a file system without lists for none",
        arguments: [(EIO, []), (ERANGE, []), (EACCES, []), (ENODATA, nil), (ENOTSUP, nil)] as [(Int32, [UInt8]?)])
    func unreadList(_ code: Int32, _ list: [UInt8]?) {
        #expect(SecretAccess.unreadList(code) == list)
        let access = SecretAccess(mode: 0o440, owner: 0, group: 2_000, accessList: SecretAccess.unreadList(code))
        #expect(access.isPrivate(to: Self.process) == (list == nil))
    }

    /// A folder with keys as a volume of secrets shows them: behind two links, root's, of one group.
    private func volume(mode: mode_t, owner: uid_t = 0, group: gid_t) throws -> (TemporaryFolder, file: String) {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/made")
        let volume = folder.path + "/volume"
        try FileManager.default.createDirectory(atPath: volume + "/..2026", withIntermediateDirectories: true)
        for path in [folder.path, volume, volume + "/..2026"] { chmod(path, 0o755) }
        try FileManager.default.copyItem(atPath: keys.workerFile, toPath: volume + "/..2026/keys")
        #expect(chown(volume + "/..2026/keys", owner, group) == 0 && chmod(volume + "/..2026/keys", mode) == 0)
        try FileManager.default.createSymbolicLink(atPath: volume + "/..data", withDestinationPath: "..2026")
        try FileManager.default.createSymbolicLink(atPath: volume + "/keys", withDestinationPath: "..data/keys")
        return (folder, volume + "/keys")
    }

    /// What `probesweep workers` says as another user with a group besides its own. Nothing listens there.
    private func ask(_ keys: String, in folder: TemporaryFolder, group: gid_t) throws -> String {
        let work = folder.path + "/work"
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        let identity = OtherUser.prefix + ["--groups", "\(group)"]
        let program = try Program(
            ["workers", "--connect", "tcp://127.0.0.1:1", "--keys", keys], in: URL(filePath: work), prefix: identity)
        let outcome = try program.outcomeOrKill()
        return outcome.output + outcome.errors
    }

    @Test(
        "A process reads a secret volume of mode 0440 through its links if it is in the group, and says what is wrong if not",
        .enabled(if: OtherUser.refusal == nil, "\(OtherUser.refusal ?? "")"))
    func secretVolume() throws {
        let (folder, keys) = try volume(mode: 0o440, group: 2_000)
        #expect(try ask(keys, in: folder, group: 2_000).contains("no answer from tcp://127.0.0.1:1"))
        #expect(try ask(keys, in: folder, group: 3_000).contains("cannot be read"))
    }

    @Test(
        "A process refuses files that a group shares in any other way, and names mode, owner and remedy",
        .enabled(if: OtherUser.refusal == nil, "\(OtherUser.refusal ?? "")"),
        arguments: [(0o440, 4_711), (0o640, 0), (0o460, 0), (0o444, 0)] as [(mode_t, uid_t)])
    func sharedFile(_ mode: mode_t, _ owner: uid_t) throws {
        let (folder, keys) = try volume(mode: mode, owner: owner, group: 2_000)
        let said = try ask(keys, in: folder, group: 2_000)
        #expect(
            said.contains("mode \(String(mode, radix: 8)), owner \(owner), group 2000") && said.contains("chmod 600"))
        #expect(said.contains(keys))
    }
}
