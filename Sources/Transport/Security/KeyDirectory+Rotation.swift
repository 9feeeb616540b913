import Foundation

/// The change of the coordinator's own keys, in two steps: while the next pair is prepared, a running coordinator tells its
/// public key to everybody who connects; then the pair takes the place of the current one.
extension KeyDirectory {
    /// Who has the next key in its key file: lines of the next key, the peer's key and its name.
    private var knownFile: String { path + "/next-key-known" }

    /// Prepares the coordinator's next pair, or finds the one that is prepared.
    ///
    /// - Returns: its public key.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` while a coordinator does not have the keys of the change
    ///   before: peers keep two keys, and would forget those for the new ones.
    package func beginRotation() throws(TransportError) -> CurveKey {
        try allowList.change { list throws(TransportError) in
            // A preparation that was interrupted after the file was written goes on with it.
            if !FileManager.default.fileExists(atPath: nextCoordinatorFile) {
                guard try list.nextCoordinator != KeyFile.read(coordinatorFile).keys.publicKey else {
                    throw .keyFile(
                        path: coordinatorFile,
                        problem:
                            "the last change of keys has not taken effect: no coordinator has started with these keys",
                        remedy:
                            "Restart the coordinator first. Where it cannot write this folder, then remove the line "
                            + "that begins with coordinator-next from \(allowListFile)")
                }
                unlink(knownFile)
                let next = KeyFile(
                    role: .coordinator, name: "coordinator", keys: try .generate(), coordinators: nil)
                try next.write(nextCoordinatorFile)
            }
            let key = try KeyFile.read(nextCoordinatorFile).keys.publicKey
            list.setNextCoordinator(key)
            return key
        }
    }

    /// Puts the next pair in the place of the current one; a coordinator has it from its next start on. Until then it goes on
    /// telling the key.
    ///
    /// - Returns: its public key.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` if none is prepared.
    package func finishRotation() throws(TransportError) -> CurveKey {
        try allowList.change { list throws(TransportError) in
            guard FileManager.default.fileExists(atPath: nextCoordinatorFile) else {
                throw .keyFile(
                    path: nextCoordinatorFile, problem: "no change of the coordinator's keys was begun",
                    remedy: "Begin one with `probesweep keys rotate`")
            }
            let key = try KeyFile.read(nextCoordinatorFile).keys.publicKey
            try PrivateFile.move(nextCoordinatorFile, to: coordinatorFile)
            return key
        }
    }

    /// A coordinator has started with these keys: a change to them is over.
    package func noteStart(with key: CurveKey) throws(TransportError) {
        // Where nothing is to be changed, the folder may be read-only.
        guard try allowList.read().nextCoordinator == key else { return }
        try allowList.change { list throws(TransportError) in
            if list.nextCoordinator == key { list.setNextCoordinator(nil) }
        }
    }

    /// Remembers that peers have the next key in their files.
    package func noteKnown(next: CurveKey, by peers: [Peer]) throws(TransportError) {
        try FileLock.hold(allowListFile + ".lock") { () throws(TransportError) in
            let old = OwnedText(knownFile, followsLinks: false)
            let text = old?.text ?? ""
            let lines = peers.map { "\(next.text) \($0.publicKey.text) \($0.name)\n" }.filter { !text.contains($0) }
            if !lines.isEmpty { try PrivateFile.replace(knownFile, text: text + lines.joined(), owner: old?.owner) }
        }
    }

    /// The keys of those that have it.
    func knowing(next: CurveKey) -> Set<CurveKey> {
        let text = (try? String(contentsOfFile: knownFile, encoding: .utf8)) ?? ""
        return Set(
            text.split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ", maxSplits: 2)
                guard words.count == 3, CurveKey(String(words[0])) == next else { return nil }
                return CurveKey(String(words[1]))
            })
    }
}
