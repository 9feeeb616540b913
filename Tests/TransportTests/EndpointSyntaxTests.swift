import Testing
import Transport

@Suite("The form of endpoints")
struct EndpointSyntaxTests {
    @Test(
        "What is an endpoint is taken",
        arguments: [
            "tcp://host:7301", "tcp://127.0.0.1:1", "tcp://[::1]:65535", "tcp://[::]:7301",
            "tcp://[2001:db8::1]:7301", "tcp://[fe80::1%eth0]:7301", "tcp://[fe80::1%eth0.100]:7301",
            "ipc:///run/socket",
        ], [false, true])
    func taken(_ endpoint: String, _ allowsAnyPort: Bool) {
        #expect(EndpointSyntax.problem(of: endpoint, allowsAnyPort: allowsAnyPort) == nil)
    }

    @Test(
        "What is none is refused with the form, ports that ZeroMQ would read as others among it",
        arguments: [
            "", "nonsense", "host:7301", "tcp://", "tcp://host", "tcp://host:", "tcp://:7301",
            "tcp://host:65536", "tcp://host:99999", "tcp://host:-1", "tcp://host:+7", "tcp://host:7a", "ipc://",
            "tcp://127.0.0.256:7301", "tcp://::1:7301", "tcp://[::1:7301", "tcp://[10.0.0.1]:7301", "tcp://a b:7301",
        ])
    func refused(_ endpoint: String) {
        for allowsAnyPort in [false, true] {
            let problem = EndpointSyntax.problem(of: endpoint, allowsAnyPort: allowsAnyPort)
            #expect(problem?.contains("“\(endpoint)”") == true && problem?.contains("tcp://HOST:PORT") == true)
        }
    }

    @Test(
        "An IPv6 address without brackets is refused with the brackets in their places",
        arguments: [
            ("tcp://::1:7301", "tcp://[::1]:7301"), ("tcp://:::7301", "tcp://[::]:7301"),
            ("tcp://fe80::1%eth0:7301", "tcp://[fe80::1%eth0]:7301"), ("tcp://2001:db8::1", "tcp://[2001:db8::1]:PORT"),
            ("tcp://2001:db8:0:0:0:0:0:1", "tcp://[2001:db8:0:0:0:0:0:1]:PORT"),
        ])
    func brackets(_ endpoint: String, _ meant: String) {
        let problem = EndpointSyntax.problem(of: endpoint, allowsAnyPort: false)
        #expect(problem?.hasSuffix("; in brackets it is \(meant)") == true)
    }

    @Test("A free port may be asked for where a socket listens, and nowhere else", arguments: ["*", "0"])
    func anyPort(_ port: String) {
        for host in ["0.0.0.0", "[::]", "[::1]"] {
            #expect(EndpointSyntax.problem(of: "tcp://\(host):\(port)", allowsAnyPort: true) == nil)
            #expect(EndpointSyntax.problem(of: "tcp://\(host):\(port)", allowsAnyPort: false) != nil)
        }
    }
}
