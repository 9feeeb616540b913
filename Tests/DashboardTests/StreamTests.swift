import Cluster
import Foundation
import Synchronization
import Testing

@testable import Dashboard

@Suite("The stream of updates")
struct StreamTests {
    private func object(_ line: String?) throws -> [String: Any] {
        let line = try #require(line)
        return try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test("tells whether the token is known, then the whole page, and then only what changed")
    func changes() throws {
        let done = Mutex(40)
        let dashboard = try Stage.start(
            limits: .init(updatePeriod: 0.05),
            snapshot: {
                var overview = Stage.overview
                overview.sweeps[0].progress.done = done.withLock { $0 }
                return Stage.snapshot(of: overview)
            })
        defer { dashboard.stop() }
        let client = try RawClient(dashboard)
        #expect(client.openStream() == "HTTP/1.1 200 OK")
        #expect(client.line() == #"{"mayAct":false}"#)
        let whole = try object(client.line())
        #expect(whole["title"] as? String == "40 % – ProbeSweep")
        let parts = try #require(whole["parts"] as? [String: String])
        #expect(Set(parts.keys) == ["notes", "sweeps", "failures", "throughput", "workers", "waiting"])
        #expect(client.line() == "{}")
        done.withLock { $0 = 41 }
        var line = client.line()
        while line == "{}" { line = client.line() }
        let change = try object(line)
        #expect((change["parts"] as? [String: String])?.keys.sorted() == ["sweeps"])
        #expect(change["title"] as? String == "41 % – ProbeSweep")
        let other = try RawClient(dashboard)
        _ = other.openStream("Authorization: Bearer \(Stage.token)\r\n")
        #expect(other.line() == #"{"mayAct":true}"#)
    }

    @Test("A stream beyond the bound is refused with a time to come again, and other requests are answered")
    func bounded() throws {
        let dashboard = try Stage.start(limits: .init(connections: 2, slots: 1, streams: 3, updatePeriod: 0.05))
        defer { dashboard.stop() }
        // One after the other: three connections that ask nothing yet would displace each other.
        var streams = try (0..<3).map { _ in
            let stream = try RawClient(dashboard)
            #expect(stream.openStream() == "HTTP/1.1 200 OK")
            return stream
        }
        let refusal = try RawClient(dashboard).ask("GET /updates HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(refusal.hasPrefix("HTTP/1.1 503 ") && refusal.contains("Retry-After: 5\r\n"))
        for _ in 0..<5 {
            #expect(
                try RawClient(dashboard).ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .hasPrefix("HTTP/1.1 200 OK"))
        }
        for stream in streams { #expect(stream.line() != nil) }
        streams.removeFirst()
        var isTaken = false
        while !isTaken { isTaken = try RawClient(dashboard).openStream() == "HTTP/1.1 200 OK" }
    }

    @Test("A peer that does not read is closed, and the others go on")
    func unread() throws {
        let number = Mutex(0)
        let dashboard = try Stage.start(
            limits: .init(patience: 0.5, streams: 2, updatePeriod: 0.02),
            snapshot: {
                // Each update is large and new.
                let next = number.withLock { number in
                    number += 1
                    return number
                }
                var overview = Stage.overview
                overview.notes = [String(repeating: "\(next) ", count: 50_000)]
                return Stage.snapshot(of: overview)
            })
        defer { dashboard.stop() }
        let deaf = try RawClient(dashboard), good = try RawClient(dashboard)
        deaf.send("GET /updates HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(good.openStream() == "HTTP/1.1 200 OK")
        let isRead = Mutex(true)
        let reader = Thread {
            while isRead.withLock({ $0 }), good.line() != nil {}
            isRead.withLock { $0 = false }
        }
        reader.start()
        // There is room for two, so that a third is taken once the one that does not read is closed.
        var isTaken = false
        while !isTaken { isTaken = try RawClient(dashboard).openStream() == "HTTP/1.1 200 OK" }
        #expect(isRead.withLock { $0 })
        isRead.withLock { $0 = false }
    }

    @Test("While nobody listens nothing is asked of the coordinator")
    func quiet() throws {
        let asked = Mutex(0)
        let dashboard = try Stage.start(
            limits: .init(updatePeriod: 0.01),
            snapshot: {
                asked.withLock { $0 += 1 }
                return Stage.snapshot()
            })
        defer { dashboard.stop() }
        _ = try RawClient(dashboard).ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        Thread.sleep(forTimeInterval: 0.2)
        #expect(asked.withLock { $0 } == 0)
    }
}
