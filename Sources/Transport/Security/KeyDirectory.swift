import Foundation

/// The folder that `probesweep keys new` makes: the coordinator's keys, one file for each peer, and the allow list.
package struct KeyDirectory: Sendable {
    package let path: String

    /// The coordinator's own keys; they never leave its machine.
    package var coordinatorFile: String { path + "/coordinator.keys" }
    /// The keys of the first worker and the first client.
    package var workerFile: String { file(for: "worker") }
    package var clientFile: String { file(for: "client") }
    /// The accepted keys; see ``AllowList``.
    package var allowListFile: String { path + "/allowed" }

    package func file(for name: String) -> String { path + "/\(name).keys" }

    /// Makes the folder with a coordinator, a worker named `worker` and a client named `client`.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` if there are keys already.
    package static func create(at path: String) throws(TransportError) -> KeyDirectory {
        try PrivateFolder.create(path)
        let directory = KeyDirectory(path: path)
        let coordinator = KeyFile(role: .coordinator, name: "coordinator", keys: try .generate(), coordinator: nil)
        try coordinator.write(directory.coordinatorFile)
        try directory.replaceAllowList { _ in
            "# Whose keys the coordinator accepts, read again whenever this file changes: ROLE KEY NAME\n"
        }
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

    /// Makes keys for one more peer and allows them.
    /// - Parameter isOperator: whether this client may change sweeps of others.
    /// - Returns: the path of the key file to hand to that peer.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` for a name that exists or is not a valid file name.
    @discardableResult
    package func addPeer(role: Role, name: String, isOperator: Bool = false) throws(TransportError) -> String {
        guard !name.isEmpty, name != "coordinator",
            name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) })
        else {
            throw .keyFile(
                path: file(for: name), problem: "\"\(name)\" cannot name a peer",
                remedy: "Use letters, digits, hyphens, underscores and full stops, and not \"coordinator\"")
        }
        let coordinator = try KeyFile.read(coordinatorFile)
        let peer = KeyFile(role: role, name: name, keys: try .generate(), coordinator: coordinator.keys.publicKey)
        removeRevokedKeys(of: name)
        try peer.write(file(for: name))
        let word = isOperator ? Peer.operatorWord : role.rawValue
        try replaceAllowList { $0 + "\(word) \(peer.keys.publicKey.text) \(name)\n" }
        return file(for: name)
    }

    /// Makes room for new keys of a peer whose old ones admit nobody any more.
    private func removeRevokedKeys(of name: String) {
        guard let old = try? KeyFile.read(file(for: name)), let allowed = try? AllowList(path: allowListFile),
            allowed.problems.isEmpty, allowed.peer(for: old.keys.publicKey) == nil
        else { return }
        try? FileManager.default.removeItem(atPath: file(for: name))
    }

    /// Revokes every key of this name, at once if a coordinator runs.
    /// - Returns: whether there was one.
    @discardableResult
    package func revoke(name: String) throws(TransportError) -> Bool {
        var found = false
        try replaceAllowList { text in
            text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
                let named =
                    !line.hasPrefix("#") && line.split(separator: " ", maxSplits: 2).last.map(String.init) == name
                found = found || named
                return !named
            }.joined(separator: "\n")
        }
        return found
    }

    /// Replaces the list atomically, so that a coordinator never reads half of one.
    private func replaceAllowList(_ change: (String) -> String) throws(TransportError) {
        let old = try? String(contentsOfFile: allowListFile, encoding: .utf8)
        try PrivateFile.replace(allowListFile, text: change(old ?? ""))
    }
}
