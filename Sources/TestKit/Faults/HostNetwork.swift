import Foundation

/// Simulated hosts in network namespaces: a head, and others that can reach only the head, each over a link that a test
/// can cut. Removed with the last reference.
package final class HostNetwork: Sendable {
    /// Host 0 is the head.
    package let hosts: Int
    private let name: String

    /// Why this machine cannot create network namespaces; nil if it can.
    package static let refusal: String? = {
        do {
            _ = try HostNetwork(hosts: 2)
            return nil
        } catch {
            return "network namespaces cannot be created: \(error)"
        }
    }()

    package init(hosts: Int) throws {
        self.hosts = hosts
        name = "ps\(UInt32.random(in: 0..<1 << 24))"
        for host in 0..<hosts {
            try Command.run("ip", "netns", "add", namespace(host))
            try Command.run("ip", "-n", namespace(host), "link", "set", "lo", "up")
        }
        for host in 1..<hosts {
            try Command.run(
                "ip", "link", "add", "head\(host)", "netns", namespace(0), "type", "veth", "peer", "name", "wire",
                "netns", namespace(host))
            try Command.run(
                "ip", "-n", namespace(0), "addr", "add", "\(headAddress(for: host))/24", "dev", "head\(host)")
            try Command.run("ip", "-n", namespace(host), "addr", "add", "10.77.\(host).2/24", "dev", "wire")
            try Command.run("ip", "-n", namespace(0), "link", "set", "head\(host)", "up")
            try Command.run("ip", "-n", namespace(host), "link", "set", "wire", "up")
        }
    }

    deinit {
        for host in 0..<hosts { try? Command.run("ip", "netns", "delete", namespace(host)) }
    }

    /// The prefix of a command that runs on a host.
    package func prefix(_ host: Int) -> [String] { ["ip", "netns", "exec", namespace(host)] }

    /// The head's address on a host's link.
    package func headAddress(for host: Int) -> String { "10.77.\(host).1" }

    /// Ways to lose a host without notice.
    package enum Partition: String, CaseIterable, Sendable {
        /// The head's end of the link is down.
        case linkDown
        /// The host has no route to the head.
        case blackhole
    }

    package func cut(_ host: Int, _ partition: Partition) throws {
        switch partition {
        case .linkDown: try Command.run("ip", "-n", namespace(0), "link", "set", "head\(host)", "down")
        case .blackhole:
            try Command.run("ip", "-n", namespace(host), "route", "add", "blackhole", "\(headAddress(for: host))/32")
        }
    }

    package func mend(_ host: Int, _ partition: Partition) throws {
        switch partition {
        case .linkDown: try Command.run("ip", "-n", namespace(0), "link", "set", "head\(host)", "up")
        case .blackhole:
            try Command.run("ip", "-n", namespace(host), "route", "delete", "blackhole", "\(headAddress(for: host))/32")
        }
    }

    private func namespace(_ host: Int) -> String { "\(name)-\(host)" }
}
