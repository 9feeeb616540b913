import CZeroMQ
import Glibc

/// The kinds of addresses that a socket tries for an endpoint.
///
/// ZeroMQ looks a name up as one kind only: IPv4 unless told otherwise, and else IPv6, which hides the IPv4 addresses of a
/// name that has both. So a name is tried as the one and then as the other, until a connection stands.
enum AddressFamily: Int32 {
    case ipv4 = 0
    case ipv6 = 1

    static func candidates(for endpoint: String) -> Round<AddressFamily> {
        switch EndpointSyntax.host(of: endpoint) {
        case .ipv4: Round([.ipv4])
        case .ipv6: Round([.ipv6])
        case .name: Round([.ipv4, .ipv6])
        // `*` is every address of the machine.
        case nil: Round([endpoint.hasPrefix("tcp://") ? .ipv6 : .ipv4])
        }
    }

    func apply(to socket: borrowing Socket) throws(TransportError) { try socket.set(ZMQ_IPV6, to: rawValue) }
}

extension Socket {
    /// Binds to the first kind of address that the endpoint has. IPv6's wildcard takes IPv4 peers too.
    ///
    /// - Throws: ``TransportError/call(_:on:reason:)`` if it has none, or if the first that it has cannot be bound: a port that
    ///   is taken on the one kind is not looked for on the other.
    borrowing func bindAnyFamily(_ endpoint: String) throws(TransportError) {
        var families = AddressFamily.candidates(for: endpoint)
        while true {
            try families.current.apply(to: self)
            guard let failure = bindingFailure(on: endpoint) else { return }
            guard [ENODEV, EADDRNOTAVAIL, EAFNOSUPPORT].contains(failure.code), families.advance() else {
                throw failure.error
            }
        }
    }
}
