import CZeroMQ

/// Which kinds of addresses a socket tries for an endpoint, one after the other.
///
/// ZeroMQ looks a name up as one kind only: IPv4 unless told otherwise, and else IPv6, which hides the IPv4 addresses of a
/// name that has both. So a name is tried as the one and then as the other, until a connection stands; the kind that led to
/// it is tried first from then on.
struct AddressFamilies {
    /// Whether IPv6.
    private let candidates: [Bool]
    private var index = 0
    /// Where a round begins.
    private var first = 0

    init(of endpoint: String) {
        candidates =
            switch EndpointSyntax.host(of: endpoint) {
            case .ipv4: [false]
            case .ipv6: [true]
            case .name: [false, true]
            // `*` is every address of the machine.
            case nil: [endpoint.hasPrefix("tcp://")]
            }
    }

    var hasAlternatives: Bool { candidates.count > 1 }

    /// Sets the socket up for the kind whose turn it is.
    func apply(to socket: borrowing Socket) throws(TransportError) {
        try socket.set(ZMQ_IPV6, to: candidates[index] ? 1 : 0)
    }

    /// Goes on to the next kind.
    /// - Returns: whether it is one that was not tried in this round.
    mutating func advance() -> Bool {
        index = (index + 1) % candidates.count
        return index != first
    }

    /// Begins the next round with the kind whose turn it is.
    mutating func prefer() { first = index }
}

extension Socket {
    /// Binds to the first kind of address that the endpoint has. IPv6's wildcard takes IPv4 peers too.
    borrowing func bindAnyFamily(_ endpoint: String) throws(TransportError) {
        var families = AddressFamilies(of: endpoint)
        while true {
            try families.apply(to: self)
            do throws(TransportError) {
                return try bind(endpoint)
            } catch {
                guard families.advance() else { throw error }
            }
        }
    }
}
