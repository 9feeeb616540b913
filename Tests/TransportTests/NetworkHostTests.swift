import Testing
import Transport

@Suite("Hosts of addresses")
struct NetworkHostTests {
    @Test(
        "127.0.0.0/8, ::1 and localhost are this machine",
        arguments: ["127.0.0.1", "127.255.0.9", "[::1]", "[0::0:1]", "localhost", "LOCALHOST"])
    func loopback(_ host: String) throws {
        #expect(try #require(NetworkHost(host)).isLoopback)
    }

    @Test(
        "A name that begins like a loopback address is a name",
        arguments: ["127.evil.example", "127.0.0.1.example", "127.0.0.x", "localhost.example", "126.0.0.1", "[::2]"])
    func foreign(_ host: String) throws {
        #expect(try !#require(NetworkHost(host)).isLoopback)
    }

    @Test(
        "What is neither an address literal nor a name is no host",
        arguments: [
            "", "127.1", "1.2.3.4.5", "127.0.0.256", "::1", "[::1", "::1]", "[127.0.0.1]", "[::1]x", "a..b", "a b",
            "a\nb", "[fe80::1%]", "2130706433",
        ])
    func none(_ host: String) {
        #expect(NetworkHost(host) == nil)
    }

    @Test("A link-local address may have a zone, and is what it is without")
    func zone() {
        #expect(NetworkHost("[fe80::1%eth0]") == NetworkHost("[fe80::1]"))
    }

    @Test(
        "An endpoint on all addresses is reached by the machine's name, another as it is",
        arguments: [
            ("tcp://0.0.0.0:7301", "tcp://head:7301"), ("tcp://[::]:7301", "tcp://head:7301"),
            ("tcp://[0:0::0]:7301", "tcp://head:7301"), ("tcp://10.0.0.1:7301", "tcp://10.0.0.1:7301"),
            ("ipc:///run/socket", "ipc:///run/socket"),
        ])
    func reachable(_ endpoint: String, _ expected: String) {
        #expect(EndpointSyntax.reachable(endpoint, name: "head") == expected)
    }
}
