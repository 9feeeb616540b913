import Foundation
import Synchronization

/// The keys that the coordinator accepts: a text file of lines `ROLE KEY NAME` and of tokens (``AllowListEntry``), reloaded
/// whenever it changes, so that peers can be admitted or revoked while a sweep runs. ROLE is `worker`, `client` or
/// `operator`, a client that may change sweeps of others. The only client of a list without operators is one.
///
/// Lines that start with `#` are comments. A malformed line admits nobody and is listed in ``problems``; a missing file
/// admits nobody at all.
package final class AllowList: Sendable {
    package let path: String
    private let state: Mutex<State>

    private struct State {
        var version: FileVersion?
        var peers: [CurveKey: Peer] = [:]
        var problems: [String] = []
        var nextCoordinator: CurveKey?
    }

    /// Distinguishes one state of the file from another without reading it.
    private struct FileVersion: Equatable {
        var device, inode, size, seconds, nanoseconds: Int64

        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = Int64(bitPattern: UInt64(status.st_dev))
            inode = Int64(bitPattern: UInt64(status.st_ino))
            size = Int64(status.st_size)
            seconds = Int64(status.st_mtim.tv_sec)
            nanoseconds = Int64(status.st_mtim.tv_nsec)
        }
    }

    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` if the file is missing or has a malformed line.
    package init(path: String) throws(TransportError) {
        self.path = path
        guard FileVersion(path: path) != nil else {
            throw .keyFile(path: path, problem: "the file does not exist", remedy: "`probesweep keys new` makes one")
        }
        state = Mutex(State())
        refresh()
        if let problem = problems.first {
            throw .keyFile(path: path, problem: problem, remedy: "Each line is ROLE KEY NAME")
        }
    }

    /// The malformed lines when the file was last read.
    package var problems: [String] { state.withLock { $0.problems } }

    /// The public key that the coordinator will have next; nil while none is prepared.
    package var nextCoordinator: CurveKey? { state.withLock { $0.nextCoordinator } }

    /// Who holds this key, or nil for a stranger.
    package func peer(for key: CurveKey) -> Peer? { state.withLock { $0.peers[key] } }

    /// Reloads the file if it has changed. Returns whether it had.
    @discardableResult
    package func refresh() -> Bool {
        let version = FileVersion(path: path)
        return state.withLock { state in
            if let version, version == state.version { return false }
            let wasEmpty = state.version == nil && state.peers.isEmpty
            let text = version == nil ? nil : try? String(contentsOfFile: path, encoding: .utf8)
            state = Self.parse(text ?? "")
            state.version = version
            return !(wasEmpty && state.peers.isEmpty)
        }
    }

    private static func parse(_ text: String) -> State {
        let document = AllowListDocument(text)
        return State(
            peers: peers(of: document), problems: document.problems, nextCoordinator: document.nextCoordinator)
    }

    /// Who is accepted, by key.
    static func peers(of document: AllowListDocument) -> [CurveKey: Peer] {
        var peers: [CurveKey: Peer] = [:]
        for case let peer? in document.entries.map(\.peer) { peers[peer.publicKey] = peer }
        // A line that cannot be read may be that of another client, or of an operator.
        return document.problems.isEmpty ? withSoleClientAsOperator(peers) : peers
    }

    /// Whoever is the only client has nobody beside it whose sweeps could come to harm.
    private static func withSoleClientAsOperator(_ peers: [CurveKey: Peer]) -> [CurveKey: Peer] {
        let clients = peers.values.filter { $0.role == .client }
        guard Set(clients.map(\.name)).count == 1, !clients.contains(where: \.isOperator) else { return peers }
        return peers.mapValues { peer in
            var peer = peer
            peer.isOperator = peer.role == .client
            return peer
        }
    }
}
