import Foundation

/// The text of an allow list, which is changed line by line, so that remarks and what cannot be read stay.
struct AllowListDocument: Equatable, Sendable {
    private struct Line: Equatable {
        var text: String
        /// Nil for remarks, empty lines and malformed ones.
        var entry: AllowListEntry?

        var isRemark: Bool { text.isEmpty || text.hasPrefix("#") }

        /// Whom it is about, as far as that can be told.
        var name: String? {
            if isRemark { return nil }
            return entry == nil ? text.split(separator: " ", maxSplits: 2).last.map(String.init) : entry?.name
        }
    }

    private var lines: [Line]

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { text in
            let isRemark = text.isEmpty || text.hasPrefix("#")
            return Line(text: String(text), entry: isRemark ? nil : AllowListEntry(line: text))
        }
        // The last line ends with the text, not with an empty line.
        if lines.last?.text.isEmpty == true { lines.removeLast() }
    }

    var text: String { lines.map { $0.text + "\n" }.joined() }

    var entries: [AllowListEntry] { lines.compactMap(\.entry) }

    /// What is wrong with each malformed line.
    var problems: [String] {
        lines.enumerated().filter { !$1.isRemark && $1.entry == nil }.map { number, _ in
            "line \(number + 1) is neither ROLE KEY NAME with the role worker, client or operator, nor an invitation"
        }
    }

    /// Whether a key is a peer's or a token's.
    func has(key: CurveKey) -> Bool { entries.contains { $0.peer?.publicKey == key } }

    var nextCoordinator: CurveKey? {
        entries.lazy.compactMap { if case .nextCoordinator(let key) = $0 { key } else { nil } }.first
    }

    mutating func append(_ entries: [AllowListEntry]) {
        lines += entries.map { Line(text: $0.line, entry: $0) }
    }

    /// Removes every line about a name.
    /// - Returns: whether there was one.
    mutating func remove(name: String) -> Bool {
        let count = lines.count
        lines.removeAll { $0.name == name }
        return lines.count < count
    }

    /// - Parameter key: nil for none.
    mutating func setNextCoordinator(_ key: CurveKey?) {
        lines.removeAll { if case .nextCoordinator = $0.entry { true } else { false } }
        if let key { append([.nextCoordinator(key)]) }
    }

    /// Removes tokens that expired before a time, used ones among them.
    mutating func removeTokens(expiredBefore date: Date) {
        lines.removeAll { line in
            switch line.entry {
            case .invitation(let invitation), .used(let invitation, _): invitation.expires < date
            default: false
            }
        }
    }

    /// Accepts a key in the place of a token, once: for the same key again the answer is the same.
    mutating func enrol(
        _ key: CurveKey, token: CurveKey, at now: Date
    ) -> Result<Peer, EnrolmentRefusal> {
        guard let index = lines.firstIndex(where: { $0.entry?.token == token }) else { return .failure(.unknown) }
        switch lines[index].entry {
        case .used(let invitation, let holder):
            guard holder == key else { return .failure(.used(name: invitation.name)) }
            return .success(invitation.peer(with: key))
        case .invitation(let invitation):
            guard now < invitation.expires else {
                return .failure(.expired(name: invitation.name, at: invitation.expires))
            }
            guard !has(key: key) else { return .failure(.keyTaken) }
            let used = AllowListEntry.used(invitation, by: key)
            lines[index] = Line(text: used.line, entry: used)
            let peer = invitation.peer(with: key)
            append([.peer(peer)])
            return .success(peer)
        default: return .failure(.unknown)
        }
    }
}

extension AllowListEntry {
    fileprivate var token: CurveKey? {
        switch self {
        case .invitation(let invitation), .used(let invitation, _): invitation.publicKey
        case .peer, .nextCoordinator: nil
        }
    }
}

/// The allow list as a file that several commands and a coordinator may change at once.
struct AllowListFile: Sendable {
    let path: String

    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` if it cannot be read.
    func read() throws(TransportError) -> AllowListDocument { AllowListDocument(try contents(followsLinks: true).text) }

    private func contents(followsLinks: Bool) throws(TransportError) -> OwnedText {
        if let contents = OwnedText(path, followsLinks: followsLinks) { return contents }
        let reason = errno == ELOOP ? "it is a symbolic link" : String(cString: strerror(errno))
        throw .keyFile(
            path: path, problem: "the allow list cannot be read (\(reason))",
            remedy: "Check the path; `probesweep keys new` makes one")
    }

    /// Changes the list while nobody else does, and replaces the file once, so that a coordinator never reads half of a list.
    /// It is on the disk when this returns; if the body throws, it is as it was. A link is not followed: what it names would
    /// not be replaced.
    func change<Value>(
        _ body: (inout AllowListDocument) throws(TransportError) -> Value
    ) throws(TransportError) -> Value {
        try FileLock.hold(path + ".lock") { () throws(TransportError) in
            let contents = try contents(followsLinks: false)
            let old = AllowListDocument(contents.text)
            var new = old
            let value = try body(&new)
            if new != old { try PrivateFile.replace(path, text: new.text, owner: contents.owner) }
            return value
        }
    }
}
