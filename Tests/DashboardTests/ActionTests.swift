import Cluster
import Foundation
import Identities
import Testing

@testable import Dashboard

@Suite("Actions at the dashboard")
struct ActionTests {
    private static let headers = [
        "Host": "localhost", "Content-Type": "application/json", "Authorization": "Bearer \(Stage.token)",
    ]

    private func post(
        _ body: String, to dashboard: Dashboard, _ changes: [String: String?] = [:]
    ) throws -> (status: Int, fields: [String: String]) {
        var headers = Self.headers
        headers["Content-Length"] = "\(body.utf8.count)"
        for (name, value) in changes { headers[name] = value }
        let head = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        let answer = try RawClient(dashboard).ask("POST /actions HTTP/1.1\r\n\(head)\r\n\(body)")
        let status = try #require(answer.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        let json = try #require(answer.components(separatedBy: "\r\n\r\n").last)
        let fields = (try? JSONDecoder().decode([String: String].self, from: Data(json.utf8))) ?? [:]
        return (status, fields)
    }

    @Test(
        "An operator with the token has the coordinator do it, and who asked is logged",
        arguments: [
            (#"{"action":"cancel","sweep":3}"#, .cancel(SweepID(3)), "action=cancel peer=127.0.0.1 subject=sweep 3"),
            (#"{"action":"retry","sweep":3}"#, .retry(SweepID(3)), "action=retry peer=127.0.0.1 subject=sweep 3"),
            (
                #"{"action":"priority","sweep":3,"priority":-7}"#, .prioritise(SweepID(3), -7),
                "action=priority -7 peer=127.0.0.1 subject=sweep 3"
            ),
            (
                #"{"action":"drain","worker":"a b"}"#, .drain(worker: "a b"),
                "action=drain peer=127.0.0.1 subject=worker a b"
            ),
            (
                #"{"action":"resume","worker":"w"}"#, .resume(worker: "w"),
                "action=resume peer=127.0.0.1 subject=worker w"
            ),
        ] as [(String, OperatorAction, String)])
    func done(body: String, action: OperatorAction, line: String) throws {
        for isOpen in [true, false] {
            let log = ActionLog()
            let dashboard = try Stage.start(isOpen: isOpen, actions: log)
            defer { dashboard.stop() }
            let answer = try post(body, to: dashboard)
            #expect(answer.status == 200 && answer.fields["outcome"] == "done")
            #expect(log.actions == [action] && log.lines == ["notice \(line)"])
        }
    }

    @Test("What the coordinator refuses is told with its reason, and logged")
    func refused() throws {
        let log = ActionLog(.refused("no worker is named w"))
        let dashboard = try Stage.start(actions: log)
        defer { dashboard.stop() }
        let answer = try post(#"{"action":"drain","worker":"w"}"#, to: dashboard)
        #expect(answer.status == 409 && answer.fields == ["outcome": "refused", "message": "no worker is named w"])
        #expect(log.lines == ["warning action=drain peer=127.0.0.1 problem=no worker is named w subject=worker w"])
    }

    @Test(
        "A request without the token, from another origin or of another form is refused, and nothing is done",
        arguments: [
            (["Authorization": nil], 401), (["Authorization": "Bearer wrong"], 401),
            (["Authorization": nil, "Cookie": "token=\(Stage.token)"], 401),
            (["Host": "attacker.example"], 421), (["Origin": "http://attacker.example"], 403),
            (["Origin": "null"], 403), (["Origin": "http://localhost:81"], 403),
            (["Origin": "http://localhost.attacker.example"], 403), (["Sec-Fetch-Site": "cross-site"], 403),
            (["Sec-Fetch-Site": "same-site"], 403), (["Content-Type": "text/plain"], 415), (["Content-Type": nil], 415),
            (["Content-Type": "application/x-www-form-urlencoded"], 415), (["Content-Length": nil], 411),
            (["Content-Length": "x"], 411), (["Content-Length": "-1"], 411), (["Content-Length": "5000"], 413),
            (["Transfer-Encoding": "chunked"], 411),
        ] as [([String: String?], Int)])
    func refusals(changes: [String: String?], status: Int) throws {
        let log = ActionLog()
        let dashboard = try Stage.start(actions: log)
        defer { dashboard.stop() }
        let answer = try post(#"{"action":"cancel","sweep":3}"#, to: dashboard, changes)
        #expect(answer.status == status && answer.fields["outcome"] == "refused")
        #expect(answer.fields["message"]?.isEmpty == false && log.actions.isEmpty)
        #expect(log.lines.count == 1 && log.lines[0].hasPrefix("warning peer=127.0.0.1 problem=\(status) "))
    }

    @Test("Of a peer's many refused requests the 1st, 10th and 100th are logged")
    func manyRefusals() throws {
        let log = ActionLog()
        let dashboard = try Stage.start(actions: log)
        defer { dashboard.stop() }
        for _ in 0..<12 { #expect(try post("{}", to: dashboard, ["Authorization": nil]).status == 401) }
        #expect(log.lines.count == 2)
    }

    @Test("Actions are posted, and by nothing else", arguments: ["GET", "HEAD", "PUT", "DELETE"])
    func methods(method: String) throws {
        let dashboard = try Stage.start()
        defer { dashboard.stop() }
        let answer = try RawClient(dashboard).ask("\(method) /actions HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 405 ") && answer.contains("Allow: POST\r\n"))
    }

    @Test(
        "The page itself, and a proxy that passes the Host header on, may ask",
        arguments: [
            ["Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"], ["Origin": "https://LOCALHOST"],
            ["Content-Type": "application/json; charset=utf-8"], ["Authorization": "bearer \(Stage.token)"],
        ])
    func ownOrigin(changes: [String: String]) throws {
        let dashboard = try Stage.start()
        defer { dashboard.stop() }
        #expect(try post(#"{"action":"cancel","sweep":3}"#, to: dashboard, changes).status == 200)
    }

    @Test(
        "A body that says nothing to do is refused with what it must be",
        arguments: [
            "", "[]", "{", #"{"action":"cancel"}"#, #"{"action":"stop","sweep":3}"#, #"{"action":"drain","sweep":3}"#,
            #"{"action":"priority","sweep":3}"#, #"{"action":"cancel","sweep":"3; drop"}"#,
            #"{"action":"priority","sweep":3,"priority":1.5}"#,
        ])
    func bodies(body: String) throws {
        let log = ActionLog()
        let dashboard = try Stage.start(actions: log)
        defer { dashboard.stop() }
        let answer = try post(body, to: dashboard)
        #expect(answer.status == 400 && answer.fields["outcome"] == "refused" && log.actions.isEmpty)
        #expect(log.lines.count == 1)
    }

    @Test("A field of another type than it needs is named")
    func types() throws {
        let dashboard = try Stage.start()
        defer { dashboard.stop() }
        func message(_ body: String) throws -> String? { try post(body, to: dashboard).fields["message"] }
        #expect(
            try message(#"{"action":"priority","sweep":3,"priority":1.5}"#) == "\"priority\" must be a whole number")
        #expect(try message(#"{"action":"cancel","sweep":"live"}"#) == "\"sweep\" must be a whole number")
        #expect(try message(#"{"action":"drain","worker":7}"#) == "\"worker\" must be text")
    }

    @Test("A body that arrives in pieces is taken whole, and one that never does is given up")
    func pieces() throws {
        let log = ActionLog()
        let dashboard = try Stage.start(limits: .init(patience: 0.5), actions: log)
        defer { dashboard.stop() }
        let head = Self.headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        let body = #"{"action":"cancel","sweep":3}"#
        let client = try RawClient(dashboard)
        client.send("POST /actions HTTP/1.1\r\n\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body.prefix(5))")
        client.send(String(body.dropFirst(5)))
        #expect(client.received().hasPrefix("HTTP/1.1 200 OK"))
        let other = try RawClient(dashboard)
        other.send("POST /actions HTTP/1.1\r\n\(head)Content-Length: \(body.utf8.count)\r\n\r\n{")
        #expect(other.received().hasPrefix("HTTP/1.1 408 "))
        #expect(log.actions.count == 1)
    }
}
