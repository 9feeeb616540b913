import Foundation
import Synchronization
import TestKit
import Testing

@testable import Dashboard

@Suite("The dashboard")
struct DashboardTests {
    @Test("The page shows sweeps, workers, passes and quarantine, with all text escaped")
    func page() throws {
        let dashboard = try Stage.start()
        defer { dashboard.stop() }
        let answer = try RawClient(dashboard).ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.contains("Content-Security-Policy: default-src 'none'"))
        let reason = "it &lt;died&gt; &amp; &quot;left&quot;"
        for word in [
            "40/100 units", "23 s to go", "one", "digest", reason, "unit 070707070707", "<title>40 % – ProbeSweep",
            "0.0 units/s now",
        ] {
            #expect(answer.contains(word), "\(word)")
        }
        #expect(
            answer.components(separatedBy: "<script").count == 2 && answer.contains("<script>\(Page.script)</script>"))
        #expect(!answer.contains("secret-host"))
    }

    @Test("Without scripts the page reloads, has no action to press, and all that there is to see")
    func withoutScripts() throws {
        let dashboard = try Stage.start()
        defer { dashboard.stop() }
        let answer = try RawClient(dashboard).ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(answer.contains(#"<noscript><meta http-equiv="refresh" content="2"></noscript>"#))
        #expect(Page.style.contains(".actions { display: none }") && answer.contains("<details id=access hidden>"))
        #expect(answer.contains("40/100 units"))
    }

    @Test("The name of a sweep leads to its report, under the report's own policy")
    func report() throws {
        let dashboard = try Stage.start()
        defer { dashboard.stop() }
        #expect(
            try RawClient(dashboard).ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .contains("<a href=\"/sweeps/3\"><b>&lt;script"))
        let answer = try RawClient(dashboard).ask("GET /sweeps/3 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("report of 3"))
        #expect(answer.contains("script-src 'sha256-"), "\(answer)")
        for path in ["/sweeps/4", "/sweeps/", "/sweeps/3/", "/sweeps/-3", "/sweeps/99999999999999999999"] {
            let answer = try RawClient(dashboard).ask("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 404 "), "\(path)")
        }
    }

    @Test("Metrics are in Prometheus' text format with escaped labels")
    func metrics() throws {
        let dashboard = try Stage.start()
        defer { dashboard.stop() }
        let answer = try RawClient(dashboard).ask("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        let lines = try #require(answer.split(separator: "\r\n\r\n").last).split(separator: "\n")
        #expect(lines.contains(#"probesweep_units{sweep="<script>alert(1)</script>",number="3",state="waiting"} 50.0"#))
        #expect(lines.contains(#"probesweep_worker_units_total{worker="one",outcome="failed"} 1.0"#))
        #expect(lines.contains("probesweep_workers_wanted 3.0"))
        #expect(lines.contains("probesweep_worker_seconds_to_go 5000.0"))
        let sample = try Regex(#"^[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? [0-9.e+-]+$"#)
        #expect(lines.allSatisfy { $0.hasPrefix("# ") || $0.wholeMatch(of: sample) != nil })
    }

    @Test(
        "On an IPv6 address the page has a URL in brackets, and its Host header is taken",
        .enabled(if: LoopbackHost.hasIPv6, "this machine has no ::1"))
    func ipv6() throws {
        let dashboard = try Stage.start(at: "[::1]")
        defer { dashboard.stop() }
        let port = try #require(URL(string: dashboard.url)?.port)
        #expect(dashboard.url == "http://[::1]:\(port)/")
        let answer = try RawClient(dashboard).ask("GET / HTTP/1.1\r\nHost: [::1]:\(port)\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test("/status.json has the same data, without hosts")
    func json() throws {
        let dashboard = try Stage.start()
        defer { dashboard.stop() }
        let answer = try RawClient(dashboard).ask("GET /status.json HTTP/1.1\r\nHost: [::1]:80\r\n\r\n")
        let body = try #require(answer.split(separator: "\r\n\r\n").last)
        let document = try #require(JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        #expect(Set(document.keys) == ["sweeps", "workers", "passes", "quarantine", "workersWanted"])
        let wanted = try #require(document["workersWanted"] as? [String: Double])
        #expect(wanted == ["count": 3, "targetSeconds": 1_800, "workerSecondsToGo": 5_000, "unfinishedUnits": 58])
        #expect(!body.contains("secret-host"))
    }

    @Test(
        "Requests other than GET and HEAD, and for unknown pages, are rejected",
        arguments: [
            ("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
            ("DELETE /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
            ("HEAD /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
            ("GET /healthz HTTP/1.1\r\nHost: attacker.example\r\n\r\n", 421),
            ("POST /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
            ("GET /actions HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
            ("GET /ledger.sqlite HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
            ("GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
            ("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", 413),
            ("GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", 413),
            ("GET / HTTP/1.1\r\nHost: attacker.example\r\n\r\n", 421),
            ("GET / HTTP/1.1\r\nHost: 127.0.0.1.attacker.example\r\n\r\n", 421),
            ("GET / HTTP/1.1\r\nHost: 127.a.b.example\r\n\r\n", 421),
            ("GET / HTTP/1.1\r\nHost: 127.evil.x.y:7302\r\n\r\n", 421),
            ("GET / HTTP/1.1\r\nHost: 127.1\r\n\r\n", 421),
            ("GET / HTTP/1.1\r\nHost: [::1].evil.example\r\n\r\n", 421),
            ("GET / HTTP/1.1\r\nHost: localhost:80.evil.example\r\n\r\n", 421),
            ("GET / HTTP/1.1\r\n\r\n", 421), ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
            ("GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400), ("nonsense\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\n\r\n", 400), ("\u{1}\u{2}\r\n\r\n", 400),
        ])
    func refusals(request: String, status: Int) throws {
        let dashboard = try Stage.start()
        defer { dashboard.stop() }
        #expect(try RawClient(dashboard).ask(request).hasPrefix("HTTP/1.1 \(status) "))
    }

    @Test(
        "Off loopback the page without a token has no data, and asks for it",
        arguments: ["/", "/sweeps/3", "/sweeps/99"])
    func shell(path: String) throws {
        let dashboard = try Stage.start(isOpen: false)
        defer { dashboard.stop() }
        let answer = try RawClient(dashboard).ask("GET \(path) HTTP/1.1\r\nHost: head.cluster\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("<body data-closed>"))
        for word in ["40/100", "alert", "one", "report of 3"] {
            #expect(!answer.replacing(Page.script, with: "").contains(">\(word)"), "\(word)")
        }
        let wrong = try RawClient(dashboard).ask(
            "GET \(path) HTTP/1.1\r\nHost: head.cluster\r\nAuthorization: Bearer wrong\r\n\r\n")
        #expect(wrong.hasPrefix("HTTP/1.1 401 "))
    }

    @Test(
        "Off loopback every request for data needs the token, whatever its Host header",
        arguments: [
            (nil, 401), ("Bearer wrong", 401), ("Bearer ", 401), ("Basic 0123456789abcdef", 401),
            ("0123456789abcdef", 401),
            ("Bearer 0123456789abcdef", 200),
        ] as [(String?, Int)])
    func token(authorization: String?, status: Int) throws {
        let dashboard = try Stage.start(isOpen: false)
        defer { dashboard.stop() }
        for path in ["/updates", "/metrics", "/status.json"] where status != 200 || path != "/updates" {
            let header = authorization.map { "Authorization: \($0)\r\n" } ?? ""
            let answer = try RawClient(dashboard).ask("GET \(path) HTTP/1.1\r\nHost: head.cluster\r\n\(header)\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(status == 200 || !answer.contains("probesweep"))
        }
    }

    @Test("Health is open without the token, tells no more than that and asks for no more; with it the reason is told")
    func health() throws {
        let reason = "cannot write /secret/ledger.sqlite: the disk is full"
        let token = "Authorization: Bearer 0123456789abcdef\r\n"
        let cases: [(readiness: Readiness, path: String, header: String, status: Int, body: String)] = [
            (.ready, "/healthz", "", 200, "ok\n"), (.ready, "/readyz", "", 200, "ok\n"),
            (.refusing(reason), "/healthz", "", 200, "ok\n"), (.unknown, "/healthz", "", 200, "ok\n"),
            (.refusing(reason), "/readyz", "", 503, "the ledger takes no results\n"),
            (.refusing(reason), "/readyz", token, 503, "the ledger takes no results: \(reason)\n"),
            (.unknown, "/readyz", "", 503, "the coordinator does not respond\n"),
        ]
        let isGathered = Mutex(false)
        let costly: @Sendable () -> Snapshot = {
            isGathered.withLock { $0 = true }
            return Stage.snapshot()
        }
        for (readiness, path, header, status, body) in cases {
            let dashboard = try Stage.start(isOpen: false, readiness: readiness, snapshot: costly)
            defer { dashboard.stop() }
            let answer = try RawClient(dashboard).ask("GET \(path) HTTP/1.1\r\nHost: 10.1.2.3:7302\r\n\(header)\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(path)")
            #expect(answer.hasSuffix("\r\n\r\n\(body)"), "\(path)")
        }
        #expect(!isGathered.withLock { $0 })
        let open = try Stage.start(readiness: .refusing(reason))
        defer { open.stop() }
        let answer = try RawClient(open).ask("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(answer.hasSuffix(": \(reason)\n"))
    }

    @Test(
        "HEAD has the head of GET and no body",
        arguments: ["/", "/metrics", "/status.json", "/healthz", "/readyz", "/sweeps/3", "/nowhere"])
    func head(path: String) throws {
        let dashboard = try Stage.start()
        defer { dashboard.stop() }
        let answers = try ["GET", "HEAD"].map {
            try RawClient(dashboard).ask("\($0) \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        }
        let end = try #require(answers[0].range(of: "\r\n\r\n"))
        #expect(end.upperBound < answers[0].endIndex)
        #expect(answers[1] == String(answers[0][..<end.upperBound]))
    }

    @Test("An endless request head is rejected at 8 KiB")
    func oversize() throws {
        let dashboard = try Stage.start()
        defer { dashboard.stop() }
        let request = "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + String(repeating: "a", count: 9_000)
        #expect(try RawClient(dashboard).ask(request).hasPrefix("HTTP/1.1 431 "))
    }

    @Test("A slow client is disconnected, and does not block others")
    func slowPeers() throws {
        let dashboard = try Stage.start(limits: .init(patience: 3))
        defer { dashboard.stop() }
        let slow = try (0..<8).map { _ in try RawClient(dashboard) }
        for client in slow { client.send("G") }
        let answer = try RawClient(dashboard).ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
        for _ in 0..<35 {
            for client in slow { client.send("G") }
            Thread.sleep(forTimeInterval: 0.1)
        }
        // Returns at the end of the connection. The answer is lost where the peer spoke on after it.
        for client in slow { #expect(!client.received().contains("200 OK")) }
        let silent = try RawClient(dashboard)
        silent.send("GET /metrics")
        #expect(silent.received().hasPrefix("HTTP/1.1 408 "))
    }

    @Test(
        "Twenty of twenty requests are answered beside slow connections, more than there is room for among them",
        arguments: [24, 60])
    func slowCrowd(count: Int) throws {
        let dashboard = try Stage.start(isOpen: false, limits: .init(connections: 32))
        defer { dashboard.stop() }
        let slow = try (0..<count).map { _ in try RawClient(dashboard) }
        let authorization = "Authorization: Bearer 0123456789abcdef"
        for (index, client) in slow.enumerated() {
            // Some say nothing, some say a little, some know the token and never come to an end.
            client.send(["", "G", "GET / HTTP/1.1\r\n\(authorization)\r\n"][index % 3])
        }
        for number in 0..<20 {
            slow[number % count].send("X")
            let answer = try RawClient(dashboard).ask("GET /metrics HTTP/1.1\r\n\(authorization)\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK"), "request \(number)")
        }
    }

    @Test("Beyond the limit the slowest connection is closed, and the others stay")
    func bounded() throws {
        let dashboard = try Stage.start(limits: .init(connections: 2))
        defer { dashboard.stop() }
        // Connections are accepted in the order in which they were made.
        let clients = try (0..<3).map { _ in try RawClient(dashboard) }
        #expect(clients[0].received() == "")
        for client in clients.dropFirst() {
            #expect(client.ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test(
        "Loopback addresses are recognised",
        arguments: [
            ("127.0.0.1:80", true), ("127.1.2.3:80", true), ("localhost:80", true), ("[::1]:80", true),
            ("LocalHost:80", true), ("[0:0:0:0:0:0:0:1]:80", true), ("127.255.255.254:80", true),
            ("0.0.0.0:80", false), ("[::]:80", false), ("10.0.0.1:80", false), ("127.evil.example:80", false),
            ("127.0.0.evil:80", false), ("128.0.0.1:80", false), ("[::1:1]:80", false), ("localhost.evil:80", false),
        ])
    func loopback(text: String, isLoopback: Bool) throws {
        #expect(try SocketAddress(text).isLoopback == isLoopback)
    }

    @Test(
        "An invalid HOST:PORT is rejected with the valid syntax",
        arguments: [
            "7302", ":7302", "localhost:", "host:99999", "::1:80", "127.1:80", "127.0.0.256:80", "[127.0.0.1]:80",
        ])
    func badAddress(text: String) {
        #expect(throws: DashboardError.badAddress(text)) { try SocketAddress(text) }
    }

    @Test("A token is created once, readable by its owner only")
    func tokenFile() throws {
        let path = NSTemporaryDirectory() + "token-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let token = try DashboardToken.readOrCreate(path)
        #expect(token.count == 64)
        #expect(try DashboardToken.readOrCreate(path) == token)
        let permissions = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(permissions == 0o600)
    }
}
