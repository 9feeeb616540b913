import ArgumentParser
import Foundation
import Synchronization
import Transport

/// Peers that try to connect to a coordinator without valid keys, in a separate process: see ``ClusterBenchmark``.
struct UnauthenticatedPeers: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "strangers", shouldDisplay: false)

    /// `tcp://127.0.0.1:PORT`.
    @Option var connect: String
    /// A key file that is not on the coordinator's allow list, and one of another coordinator.
    @Option var unknown: String
    @Option var foreign: String
    /// Handshakes that are begun and not completed.
    @Option var halfOpen = 1_000

    /// The 64-byte greeting of a ZMTP 3.1 client with this mechanism.
    private static func greeting(_ mechanism: String) -> Data {
        var greeting = Data([0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 1])
        greeting.append(Data(mechanism.utf8))
        greeting.append(Data(count: 64 - greeting.count))
        return greeting
    }

    func run() throws {
        // Two peers with keys that are not allowed, which ZeroMQ keeps reconnecting.
        let peers = try [unknown, foreign].map {
            try DealerEndpoint.connect(
                connect, security: try KeyFile.read($0).dealerSecurity(path: $0), into: EventQueue<DealerEvent>()
            ) { $0 }
        }
        var waiting = try (0..<halfOpen).map { try attemptConnection($0) }
        print("connecting")
        fflush(nil)
        var round = 0
        while true {
            // The coordinator ends a stalled handshake after five seconds, so a fifth of them is begun again each
            // second.
            for index in stride(from: round % 50, to: halfOpen, by: 50) {
                waiting[index] = try attemptConnection(index)
            }
            // No key, another protocol, and a frame that claims 2⁶² bytes, each closed at once.
            for index in 0..<3 { _ = try attemptConnection(index) }
            round += 1
            Thread.sleep(forTimeInterval: 0.1)
        }
        withExtendedLifetime(peers) {}
    }

    private func attemptConnection(_ number: Int) throws -> RawConnection {
        let connection = try RawConnection(connect)
        switch number % 4 {
        case 0: connection.write(Self.greeting("NULL"))
        case 1: connection.write(Data("GET / HTTP/1.1\r\n\r\n".utf8))
        case 2: connection.write(Self.greeting("CURVE") + Data([6, 0x40, 0, 0, 0, 0, 0, 0, 0]) + Data(count: 4_096))
        // Half open: only a greeting.
        default: connection.write(Self.greeting("CURVE"))
        }
        return connection
    }
}

/// A raw TCP connection without ZeroMQ, closed with its last reference.
private final class RawConnection {
    private let descriptor: Int32

    init(_ endpoint: String) throws {
        let port = endpoint.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, status == 0 else { throw CocoaError(.fileReadUnknown) }
    }

    deinit { close(descriptor) }

    func write(_ bytes: Data) {
        _ = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
}
