import Synchronization

/// Files that were mapped and verified, held against what they are now.
///
/// What the file system says of a file (``FileIdentity``) is compared with what it said when the file was mapped. Where
/// that differs, the mapped bytes are hashed once more: a remount, or a copy that is renamed into place, changes numbers
/// and not what is read. Only other bytes are a fault, and the first fault stays.
package final class VerifiedFiles: Sendable {
    struct Entry: Sendable {
        let file: MappedFile
        let sha256: String
        /// Of the path when its bytes were last known to be right; nil where the path led to nothing.
        var identity: FileIdentity?

        init(_ file: MappedFile, sha256: String) {
            (self.file, self.sha256, identity) = (file, sha256, file.identity)
        }
    }

    private let entries: Mutex<[Entry]>
    private let firstFault = Mutex<FeatureError?>(nil)
    private let isFaulty = Atomic(false)

    /// The files of layers and weights.
    package init(_ layers: [LayerTokens] = [], weights: [FeatureWeights] = []) {
        entries = Mutex(layers.flatMap(\.files) + weights.map { Entry($0.file.mapping, sha256: $0.digest) })
    }

    /// Whether a look at the files has found other bytes. Looks at nothing itself.
    package var haveChanged: Bool { isFaulty.load(ordering: .acquiring) }

    /// What was found, with the file's name.
    package var fault: FeatureError? { firstFault.withLock { $0 } }

    /// Looks at every file: one system call each, and a reading of those that may have changed. May be called from any
    /// thread.
    package func areUnchanged() -> Bool {
        entries.withLock { entries in
            if haveChanged { return false }
            for index in entries.indices {
                guard let fault = entries[index].compare() else { continue }
                firstFault.withLock { $0 = fault }
                isFaulty.store(true, ordering: .releasing)
                return false
            }
            return true
        }
    }
}

extension VerifiedFiles.Entry {
    /// What is wrong with the file now.
    fileprivate mutating func compare() -> FeatureError? {
        let now = FileIdentity(path: file.path)
        if now == identity { return nil }
        // Pages behind the end of a file cannot be read.
        if let now, now.isSameFile(as: file.identity), now.size < file.count {
            return changed(found: "\(now.size) bytes", expected: "\(file.count)")
        }
        let found = FileDigest.sha256(of: file)
        if found != sha256 { return changed(found: "SHA-256 \(found)", expected: sha256) }
        identity = now
        return nil
    }

    private func changed(found: String, expected: String) -> FeatureError {
        FeatureError(
            file: file.path, found: found, expected: "\(expected) as when it was verified",
            remedy: "The file was changed while it was being read, and nothing of that is kept as a result: restore "
                + "it, or submit the sweep again for the features as they are now.")
    }
}

extension LayerTokens {
    /// The files of the shards.
    fileprivate var files: [VerifiedFiles.Entry] {
        zip(shards, entry.shards).map { VerifiedFiles.Entry($0.file.mapping, sha256: $1.sha256) }
    }

    /// What the shards' files were when they were mapped.
    package var identities: [FileIdentity] { shards.map(\.file.mapping.identity) }
}
