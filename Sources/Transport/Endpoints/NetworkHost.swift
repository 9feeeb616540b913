import Glibc

/// The host of an address: an address literal, parsed to its numbers, or a name.
///
/// Whether an address is this machine's own is decided by the numbers: `127.evil.example` begins like a loopback address
/// and is a name that anybody can register.
package enum NetworkHost: Hashable, Sendable {
    /// Four bytes, in the order in which they are written.
    case ipv4([UInt8])
    /// Sixteen bytes.
    case ipv6([UInt8])
    case name(String)

    /// Reads a host as URLs write it: an IPv6 address stands in brackets.
    ///
    /// Nil if it is none. A text that ends in a number and is not a whole IPv4 address, such as `127.1`, is none either:
    /// libraries differ in what they take it for.
    package init?(_ text: some StringProtocol) { self.init(host: Substring(text)) }

    private init?(host text: Substring) {
        if text.hasPrefix("[") {
            // The zone of a link-local address names an interface, such as eth0 or eth0.100.
            let literal = text.dropFirst().prefix { $0 != "%" && $0 != "]" }
            let zone = text.dropFirst(literal.count + 1)
            let labels = zone.dropFirst().dropLast().split(separator: ".", omittingEmptySubsequences: false)
            let hasZone = zone.hasPrefix("%") && zone.hasSuffix("]") && labels.allSatisfy { Self.isLabel($0) }
            guard zone == "]" || hasZone, let bytes = Self.bytes(of: String(literal), AF_INET6, count: 16) else {
                return nil
            }
            self = .ipv6(bytes)
        } else if let bytes = Self.bytes(of: String(text), AF_INET, count: 4) {
            self = .ipv4(bytes)
        } else {
            let labels = text.split(separator: ".", omittingEmptySubsequences: false)
            guard labels.allSatisfy({ Self.isLabel($0) }), labels.last?.allSatisfy(\.isNumber) == false else {
                return nil
            }
            self = .name(text.lowercased())
        }
    }

    /// Whether only this machine can reach it: 127.0.0.0/8, ::1 and localhost.
    package var isLoopback: Bool {
        switch self {
        case .ipv4(let bytes): bytes[0] == 127
        case .ipv6(let bytes): bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
        case .name(let name): name == "localhost"
        }
    }

    /// Whether a socket that listens there listens on all addresses of the machine.
    package var isWildcard: Bool {
        switch self {
        case .ipv4(let bytes), .ipv6(let bytes): bytes.allSatisfy { $0 == 0 }
        case .name: false
        }
    }

    private static func bytes(of literal: String, _ family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, literal, &bytes) == 1 ? bytes : nil
    }

    private static func isLabel(_ label: Substring) -> Bool {
        !label.isEmpty && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }
}
