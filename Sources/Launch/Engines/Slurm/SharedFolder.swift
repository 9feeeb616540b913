package import Foundation
import Transport

/// The folder of a launch that the nodes of a cluster see too, usually below the user's home: the program, and each worker's
/// token, keys and log.
package struct SharedFolder: Sendable {
    private let root: URL
    private let launch: String

    /// - Parameter root: by default `~/.cache/probesweep`.
    package init(_ root: URL?, launch: String) {
        let caches = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
        self.root = root ?? URL(filePath: caches).appending(path: "probesweep")
        self.launch = launch
    }

    private var folder: URL { root.appending(path: "launches").appending(path: launch) }

    func token(of member: String) -> String { folder.appending(path: "\(member).token").path }
    func keys(of member: String) -> String { folder.appending(path: "\(member).keys").path }
    package func log(of member: String) -> String { folder.appending(path: "\(member).log").path }
    func program(of bundle: ProgramBundle) -> String { place(of: bundle).appending(path: bundle.program).path }

    /// Copies the program, unless it is there, whole. Launches may do so at the same moment: no copy that is whole is ever
    /// taken away.
    ///
    /// - Throws: `CocoaError` or `TransportError` if the folder cannot be written.
    func install(_ bundle: ProgramBundle) throws {
        try PrivateFolder.create(folder.path)
        let place = place(of: bundle)
        guard !isWhole(bundle, in: place) else { return }
        let new = place.deletingLastPathComponent().appending(path: "\(bundle.name).\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: new) }
        for file in bundle.files {
            let target = new.appending(path: file)
            try PrivateFolder.create(target.deletingLastPathComponent().path)
            try FileManager.default.copyItem(at: bundle.root.appending(path: file), to: target)
        }
        // Without the lock a copy that another launch has just put there could be taken for the damaged one.
        try FileLock.hold(root.appending(path: "programs.lock").path) {
            if !isWhole(bundle, in: place) { try replace(place, by: new) }
        }
    }

    /// What is there, if anything, is damaged, and is moved away at once, since its files cannot be replaced at once.
    private func replace(_ place: URL, by new: URL) throws {
        let damaged = new.appendingPathExtension("damaged")
        defer { try? FileManager.default.removeItem(at: damaged) }
        try? FileManager.default.moveItem(at: place, to: damaged)
        try FileManager.default.moveItem(at: new, to: place)
    }

    private func isWhole(_ bundle: ProgramBundle, in place: URL) -> Bool {
        (try? ProgramBundle.checksums(of: bundle.files, in: place)) == bundle.checksums
    }

    /// Puts a new token in its place; the keys that a former one led to are of no use any more.
    func write(token: String, of member: String) throws {
        try? FileManager.default.removeItem(atPath: keys(of: member))
        try PrivateFile.replace(self.token(of: member), text: token)
    }

    /// Removes tokens and keys; logs stay.
    func removeSecrets() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where name.hasSuffix(".keys") || name.hasSuffix(".token") {
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    private func place(of bundle: ProgramBundle) -> URL {
        root.appending(path: "programs").appending(path: bundle.name)
    }
}
