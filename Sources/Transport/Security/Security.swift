import CZeroMQ

/// What a key permits its holder to say.
package enum Role: String, Sendable, CaseIterable {
    case coordinator, worker, client
    /// Of a one-time token: to enrol, and nothing else.
    case invitation
}

/// The peer behind a connection, by the allow list's entry for the key that it proved to hold.
package struct Peer: Hashable, Sendable {
    package var role: Role
    package var name: String
    package var publicKey: CurveKey
    /// Whether this client may change sweeps of others.
    package var isOperator: Bool

    package init(role: Role, name: String, publicKey: CurveKey, isOperator: Bool = false) {
        self.isOperator = isOperator
        self.role = role
        self.name = name
        self.publicKey = publicKey
    }
}

/// How the coordinator's endpoint is secured.
package enum RouterSecurity: Sendable {
    /// The coordinator's pair, and who may connect.
    case curve(KeyPair, allowed: AllowList)
    /// Over a Unix socket only, where the file system decides who may connect.
    case none
}

/// How a worker's or client's connection is secured.
package enum DealerSecurity: Sendable {
    /// The peer's own pair and the coordinator's public keys; the key file, if there is one, learns those that change.
    case curve(KeyPair, coordinators: CoordinatorKeys, file: String?)
    /// Over a Unix socket only.
    case none
}

extension DealerSecurity {
    /// The same with other keys of the coordinator.
    package func knowing(_ coordinators: CoordinatorKeys) -> DealerSecurity {
        guard case .curve(let pair, _, let file) = self else { return self }
        return .curve(pair, coordinators: coordinators, file: file)
    }
}

/// Chosen by ProbeSweep; ZeroMQ calls an authenticator only for sockets that name a domain.
private let domain = Array("probesweep".utf8)

extension RouterSecurity {
    func apply(to socket: borrowing Socket, endpoint: String) throws(TransportError) {
        switch self {
        case .curve(let pair, _):
            try socket.set(ZMQ_CURVE_SERVER, to: 1)
            try socket.set(ZMQ_CURVE_SECRETKEY, to: pair.secretKey.bytes)
            try socket.set(ZMQ_ZAP_DOMAIN, to: domain)
            try socket.set(PROBESWEEP_ZMQ_ZAP_ENFORCE_DOMAIN, to: 1)
        case .none:
            try requireLocal(endpoint)
        }
    }
}

extension DealerSecurity {
    func apply(to socket: borrowing Socket, endpoint: String) throws(TransportError) {
        switch self {
        case .curve(let pair, let coordinators, _):
            try socket.set(ZMQ_CURVE_SERVERKEY, to: coordinators.current.bytes)
            try socket.set(ZMQ_CURVE_PUBLICKEY, to: pair.publicKey.bytes)
            try socket.set(ZMQ_CURVE_SECRETKEY, to: pair.secretKey.bytes)
        case .none:
            try requireLocal(endpoint)
        }
    }
}

private func requireLocal(_ endpoint: String) throws(TransportError) {
    guard endpoint.hasPrefix("ipc://") else { throw .insecureEndpoint(endpoint) }
}
