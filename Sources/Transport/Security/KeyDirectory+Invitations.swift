package import Foundation

extension KeyDirectory {
    /// How long after its end a token is told from one that never was.
    private static let memory: TimeInterval = 7 * 86_400

    /// Makes one-time tokens, with which peers have keys of their own accepted, and puts all of them on the list in one
    /// change, or none.
    ///
    /// - Parameters:
    ///   - role: of the peers: worker or client.
    ///   - expires: when the tokens end.
    /// - Returns: the tokens, in the order of the names.
    /// - Throws: ``TransportError/keyFile(path:problem:remedy:)`` for a name that is taken or no valid file name.
    package func invite(
        role: Role = .worker, names: PeerNames, isOperator: Bool = false, expires: Date
    ) throws(TransportError) -> [EnrolmentToken] {
        try invite(role: role, names: names, isOperator: isOperator, expires: expires) { _ throws(TransportError) in }
    }

    /// The same, with a file of each token in this folder: `NAME.token`, of mode 0600.
    /// - Returns: their paths, in the order of the names.
    package func inviteToFiles(
        role: Role = .worker, names: PeerNames, isOperator: Bool = false, expires: Date
    ) throws(TransportError) -> [String] {
        var written: [String] = []
        do throws(TransportError) {
            _ = try invite(role: role, names: names, isOperator: isOperator, expires: expires) {
                tokens throws(TransportError) in
                for token in tokens {
                    let path = tokenFile(for: token.invitation.name)
                    // Of a token of this name that is on the list no more.
                    unlink(path)
                    try PrivateFile.create(path, text: token.text)
                    written.append(path)
                }
            }
        } catch {
            for path in written { unlink(path) }
            throw error
        }
        return written
    }

    private func invite(
        role: Role, names: PeerNames, isOperator: Bool, expires: Date,
        write: ([EnrolmentToken]) throws(TransportError) -> Void
    ) throws(TransportError) -> [EnrolmentToken] {
        try allowList.change { list throws(TransportError) in
            list.removeTokens(expiredBefore: .now - Self.memory)
            let names = names.chosen(for: list)
            try checkNames(names, in: list)
            let coordinators = try coordinatorKeys(list)
            var tokens: [EnrolmentToken] = []
            for name in names {
                tokens.append(
                    try EnrolmentToken(
                        role: role, name: name, isOperator: isOperator, expires: expires, coordinators: coordinators))
            }
            try write(tokens)
            list.append(tokens.map { .invitation($0.invitation) })
            return tokens
        }
    }

    /// Accepts keys in the places of tokens, all in one change of the list, which is on the disk when this returns.
    ///
    /// - Returns: who each key belongs to now, or why it was not accepted, in the order of the requests.
    package func enrol(
        _ requests: [(key: CurveKey, token: CurveKey)], at now: Date = .now
    ) -> [Result<Peer, EnrolmentRefusal>] {
        do throws(TransportError) {
            return try allowList.change { list throws(TransportError) in
                requests.map { list.enrol($0.key, token: $0.token, at: now) }
            }
        } catch {
            return requests.map { _ in .failure(.failed(error)) }
        }
    }
}
