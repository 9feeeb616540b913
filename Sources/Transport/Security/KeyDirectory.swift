import Foundation

/// The folder that `probesweep keys new` makes: the coordinator's keys, one file for each peer, and the allow list.
package struct KeyDirectory: Sendable {
    package let path: String

    /// The coordinator's own keys; they never leave its machine.
    package var coordinatorFile: String { file(for: "coordinator") }
    /// The keys that the coordinator will have next, while a change is under way; see `KeyDirectory+Rotation.swift`.
    var nextCoordinatorFile: String { file(for: "coordinator-next") }
    /// The keys of the first worker and the first client.
    package var workerFile: String { file(for: "worker") }
    package var clientFile: String { file(for: "client") }
    /// The accepted keys; see ``AllowList``.
    package var allowListFile: String { path + "/allowed" }

    var allowList: AllowListFile { AllowListFile(path: allowListFile) }

    package func file(for name: String) -> String { path + "/\(name).keys" }
    package func tokenFile(for name: String) -> String { path + "/\(name).token" }

    /// Makes the folder with a coordinator, a worker named `worker` and a client named `client`.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` if there are keys already.
    package static func create(at path: String) throws(TransportError) -> KeyDirectory {
        try PrivateFolder.create(path)
        let directory = KeyDirectory(path: path)
        let coordinator = KeyFile(role: .coordinator, name: "coordinator", keys: try .generate(), coordinators: nil)
        try coordinator.write(directory.coordinatorFile)
        try PrivateFile.replace(
            directory.allowListFile,
            text: "# Whose keys the coordinator accepts, read again whenever this file changes: ROLE KEY NAME\n")
        try directory.addPeer(role: .worker, name: "worker")
        try directory.addPeer(role: .client, name: "client")
        return directory
    }

    /// The existing folder, or else a new one: a local cluster makes its keys on the fly.
    package static func openOrCreate(at path: String) throws(TransportError) -> KeyDirectory {
        let directory = KeyDirectory(path: path)
        return FileManager.default.fileExists(atPath: directory.coordinatorFile) ? directory : try create(at: path)
    }

    package init(path: String) { self.path = path }

    /// The security that the coordinator binds with.
    package func routerSecurity() throws(TransportError) -> RouterSecurity {
        let file = try KeyFile.read(coordinatorFile)
        return .curve(file.keys, allowed: try AllowList(path: allowListFile))
    }

    /// Makes keys for one more peer and allows them; see ``addPeers(role:names:isOperator:)``.
    /// - Returns: the path of the key file to hand to that peer.
    @discardableResult
    package func addPeer(role: Role, name: String, isOperator: Bool = false) throws(TransportError) -> String {
        try addPeers(role: role, names: [name], isOperator: isOperator)[0]
    }

    /// Makes keys for peers and allows all of them in one change of the list, or none.
    ///
    /// - Parameter isOperator: whether these clients may change sweeps of others.
    /// - Returns: the paths of the key files to hand to the peers, in the order of the names.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` for a name that is taken or no valid file name.
    @discardableResult
    package func addPeers(
        role: Role, names: [String], isOperator: Bool = false
    ) throws(TransportError) -> [String] {
        var written: [String] = []
        do throws(TransportError) {
            try allowList.change { list throws(TransportError) in
                try checkNames(names, in: list)
                let coordinators = try coordinatorKeys(list)
                for name in names {
                    let peer = KeyFile(role: role, name: name, keys: try .generate(), coordinators: coordinators)
                    try makeRoom(for: name, in: list)
                    try peer.write(file(for: name))
                    written.append(file(for: name))
                    list.append([
                        .peer(Peer(role: role, name: name, publicKey: peer.keys.publicKey, isOperator: isOperator))
                    ])
                }
            }
        } catch {
            for path in written { unlink(path) }
            throw error
        }
        return written
    }

    /// Revokes every key and every token of this name, at once if a coordinator runs. Other names keep theirs.
    /// - Returns: whether there was one.
    @discardableResult
    package func revoke(name: String) throws(TransportError) -> Bool {
        try allowList.change { list throws(TransportError) in list.remove(name: name) }
    }

    /// `NAME-1` to `NAME-COUNT`, or the name alone without a count.
    package static func names(_ name: String, count: Int?) -> [String] {
        guard let count else { return [name] }
        return (0..<max(0, count)).map { "\(name)-\($0 + 1)" }
    }

    /// What key files name as the coordinator.
    func coordinatorKeys(_ list: AllowListDocument) throws(TransportError) -> CoordinatorKeys {
        let current = try KeyFile.read(coordinatorFile).keys.publicKey
        return CoordinatorKeys(current: current, next: list.nextCoordinator == current ? nil : list.nextCoordinator)
    }

    /// Names become files, words of the allow list and labels of workers.
    func checkNames(_ names: [String], in list: AllowListDocument) throws(TransportError) {
        let taken = Set(list.entries.compactMap(\.name))
        var seen: Set<String> = []
        for name in names {
            guard !name.isEmpty, !["coordinator", "coordinator-next"].contains(name), name.first != ".",
                name.utf8.count <= 128, name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) })
            else {
                throw .keyFile(
                    path: file(for: name), problem: "\"\(name)\" cannot name a peer",
                    remedy: "Use letters, digits, hyphens, underscores and full stops, and not \"coordinator\"")
            }
            guard !taken.contains(name), seen.insert(name).inserted else {
                throw .keyFile(
                    path: allowListFile, problem: "the name \"\(name)\" is taken",
                    remedy: "Choose another, or first revoke its keys with `probesweep keys revoke \(name)`")
            }
        }
    }

    /// Removes the file of keys that were revoked, so that new ones of the name take its place.
    private func makeRoom(for name: String, in list: AllowListDocument) throws(TransportError) {
        let path = file(for: name)
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard let key = KeyFile.publicKey(ofUnused: path), !list.has(key: key) else {
            throw .keyFile(
                path: path, problem: "it is in the way: it holds keys that are in use under another name, or no keys",
                remedy: "Move it away, or choose another name")
        }
        unlink(path)
    }
}
