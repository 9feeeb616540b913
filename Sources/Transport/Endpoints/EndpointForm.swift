/// The forms of endpoints that sockets take. ZeroMQ itself reads a port of 99999 as 34463, and waits for ever for a
/// host that it cannot make out.
public enum EndpointForm {
    /// What keeps a text from being an endpoint, nil for one that has the form.
    ///
    /// - Parameter allowsAnyPort: whether the ports `*` and 0 stand for a free one, as where a socket listens.
    public static func problem(of endpoint: String, allowsAnyPort: Bool) -> String? {
        if endpoint.hasPrefix("ipc://"), endpoint.count > "ipc://".count { return nil }
        let form = "“\(endpoint)” is not an endpoint; give tcp://HOST:PORT, with a port of 1 to 65535"
            + (allowsAnyPort ? ", or * for a free one" : "")
        guard endpoint.hasPrefix("tcp://") else { return form }
        let address = endpoint.dropFirst("tcp://".count)
        guard let colon = address.lastIndex(of: ":"), colon != address.startIndex else { return form }
        let port = address[address.index(after: colon)...]
        if allowsAnyPort, port == "*" { return nil }
        guard port.allSatisfy(\.isNumber), let number = UInt16(port), number > 0 || allowsAnyPort else { return form }
        return nil
    }
}
