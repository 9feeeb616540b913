import CZeroMQ

/// The public keys that a dealer's coordinator may have, the one in use first, and the key file that they are kept in.
struct KnownCoordinators {
    private var round: Round<CurveKey>
    /// As the key file named them when it was last read or written.
    private var named: CoordinatorKeys
    private let file: String?
    /// What was last said of each file's change, so that it is said once.
    private var lastNotice: CoordinatorKeyNotice?

    /// Nil without keys.
    init?(_ security: DealerSecurity) {
        guard case .curve(_, let coordinators, let file) = security else { return nil }
        round = Round(coordinators.all)
        named = coordinators
        self.file = file
    }

    /// Sets the socket up for the key whose turn it is.
    func apply(to socket: borrowing Socket) throws(TransportError) {
        try socket.set(ZMQ_CURVE_SERVERKEY, to: round.current.bytes)
    }

    /// Goes on to the other key after a handshake that failed. When none is left, the key file is read again: somebody may have
    /// put the right one there. What is known already stays: the handshake may have failed for another reason.
    ///
    /// - Returns: whether the key was not tried in this round.
    mutating func advance() -> Bool {
        if round.advance() { return true }
        guard let file, let kept = try? KeyFile.read(file).coordinators else { return false }
        named = kept
        let new = kept.all.filter { !round.candidates.contains($0) }
        guard !new.isEmpty else { return false }
        round = Round(new + round.candidates)
        return true
    }

    /// A coordinator that holds the next key has changed its keys: the former one counts no more. One with a key that the file
    /// does not name is known from before, and the file from somebody who expects another.
    mutating func onConnected() -> CoordinatorKeyNotice? {
        round.prefer()
        guard named.all.contains(round.current) else { return nil }
        let isChanged = round.current == named.next
        if isChanged { named = CoordinatorKeys(current: round.current) }
        round = Round(named.all)
        return isChanged ? keep().notice : nil
    }

    /// Keeps the key that the coordinator will have next.
    ///
    /// - Returns: why it will be forgotten at the end of this process, nil if it will not; and what there is to tell, if it
    ///   was not told before.
    mutating func learn(next key: CurveKey) -> (problem: String?, notice: CoordinatorKeyNotice?) {
        guard key != round.current else { return (nil, nil) }
        named = CoordinatorKeys(current: round.current, next: key)
        round = Round(named.all)
        return keep()
    }

    private mutating func keep() -> (problem: String?, notice: CoordinatorKeyNotice?) {
        guard let file else { return ("it has no key file", nil) }
        var notice = CoordinatorKeyNotice(keys: named, file: file)
        do throws(TransportError) {
            guard try KeyFile.setCoordinators(named, in: file) else { return (nil, nil) }
        } catch {
            notice.problem = "\(error)"
        }
        defer { lastNotice = notice }
        return (notice.problem, notice == lastNotice ? nil : notice)
    }
}

/// The coordinator's keys are changing, and a key file with them.
package struct CoordinatorKeyNotice: Equatable, Sendable, CustomStringConvertible {
    package var keys: CoordinatorKeys
    package var file: String
    /// Why the file could not be changed; nil if it was.
    package var problem: String?

    package var description: String {
        guard let problem else {
            return keys.next == nil
                ? "the coordinator has its new key; \(file) has it too"
                : "the coordinator will have another key; \(file) has it too"
        }
        let lines = keys.fields.map { "\($0) \($1)" }.joined(separator: ", ")
        return
            "the coordinator's keys are changing and the key file cannot: \(problem) Without these lines in \(file), by "
            + "hand or by renewing the secret that it comes from, this process cannot connect after its next start: "
            + lines
    }
}
