/// The syntax of endpoints that sockets take. ZeroMQ itself reads a port of 99999 as 34463, and waits forever for a
/// host that it cannot resolve.
package enum EndpointSyntax {
    /// Why a text is not an endpoint, nil if it is one.
    ///
    /// - Parameter allowsAnyPort: whether the ports `*` and 0 mean a free one, as for a socket that listens.
    package static func problem(of endpoint: String, allowsAnyPort: Bool) -> String? {
        if endpoint.hasPrefix("ipc://"), endpoint.count > "ipc://".count { return nil }
        let form =
            "“\(endpoint)” is not an endpoint; give tcp://HOST:PORT, HOST a name, an IPv4 address, or an IPv6 address in "
            + "brackets, with a port of 1 to 65535" + (allowsAnyPort ? ", or * for a free one" : "")
        guard endpoint.hasPrefix("tcp://") else { return form }
        let address = endpoint.dropFirst("tcp://".count)
        guard let colon = address.lastIndex(of: ":"), colon != address.startIndex else { return form }
        let host = address[..<colon]
        guard NetworkHost(host) != nil || allowsAnyPort && host == "*" else { return form + bracketRemedy(address) }
        let port = address[address.index(after: colon)...]
        if allowsAnyPort, port == "*" { return nil }
        guard port.allSatisfy(\.isNumber), let number = UInt16(port), number > 0 || allowsAnyPort else { return form }
        return nil
    }

    /// Where an address is an IPv6 address without brackets, whose last number may have been meant as the port.
    private static func bracketRemedy(_ address: Substring) -> String {
        guard let colon = address.lastIndex(of: ":") else { return "" }
        let (host, port) = (address[..<colon], address[address.index(after: colon)...])
        for (literal, rest) in [(host, ":\(port)"), (address, ":PORT")] where NetworkHost("[\(literal)]") != nil {
            return "; in brackets it is tcp://[\(literal)]\(rest)"
        }
        return ""
    }

    /// The host of a `tcp://` endpoint; nil for `*` and for other endpoints.
    static func host(of endpoint: String) -> NetworkHost? {
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else { return nil }
        return NetworkHost(endpoint[..<colon].dropFirst("tcp://".count))
    }

    /// The endpoint at which other machines reach one that listens on all addresses; other endpoints as they are.
    ///
    /// - Parameter name: this machine's.
    package static func reachable(_ endpoint: String, name: String) -> String {
        guard host(of: endpoint)?.isWildcard == true, let colon = endpoint.lastIndex(of: ":") else { return endpoint }
        return "tcp://\(name)\(endpoint[colon...])"
    }
}
