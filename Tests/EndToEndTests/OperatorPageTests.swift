import Foundation
import TestKit
import Testing

@Suite("The dashboard of a running coordinator")
struct OperatorPageTests {
    /// The answer to a request, head and body.
    private func ask(_ port: UInt16, _ request: String) throws -> String {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let connection = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
        try connection.write(contentsOf: Data(request.utf8))
        return String(decoding: try connection.readToEnd() ?? Data(), as: UTF8.self)
    }

    private func act(_ port: UInt16, token: String, _ body: String) throws -> String {
        try ask(
            port,
            """
            POST /actions HTTP/1.1\r
            Host: 127.0.0.1:\(port)\r
            Authorization: Bearer \(token)\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """)
    }

    @Test(
        "An operator with the token of the state folder drains a worker and cancels a sweep; commands and the log tell")
    func actions() throws {
        let folder = try TemporaryFolder()
        let cluster = try LiveCluster(in: folder.url, options: ["--dashboard", "127.0.0.1:0"])
        try cluster.waitUntil("the dashboard is there") { try cluster.coordinatorLogSoFar().contains("dashboard at ") }
        let log = try cluster.coordinatorLogSoFar()
        let port = try #require(
            log.firstMatch(of: /dashboard at http:\/\/127\.0\.0\.1:([0-9]+)\//).flatMap { UInt16($0.1) })
        let token = try String(contentsOf: cluster.state.appending(path: "dashboard.token"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let place = ["--connect", cluster.address, "--keys", cluster.keys]
        let file = try Specification.small.write(in: folder.url)
        #expect(try Program(["submit", file.path] + place, in: folder.url).outcome().status == 0)
        #expect(try act(port, token: "0123456789abcdef", #"{"action":"cancel","sweep":1}"#).hasPrefix("HTTP/1.1 401 "))
        #expect(
            try act(port, token: token, #"{"action":"priority","sweep":1,"priority":9}"#).hasPrefix("HTTP/1.1 200 "))
        let row = try #require(try cluster.ask("status").output.split(separator: "\n").last)
        #expect(row.split(separator: " ").contains("9"), "\(row)")
        let cancelled = try act(port, token: token, #"{"action":"cancel","sweep":1}"#)
        #expect(cancelled.hasSuffix(#"{"message":"sweep 1: cancelled","outcome":"done"}"# + "\n"), "\(cancelled)")
        let status = try cluster.ask("status").output
        #expect(status.contains("by an operator at the dashboard"), "\(status)")
        try cluster.startWorker(1)
        try cluster.waitUntil("the worker tells its memory") {
            try ask(port, "GET /status.json HTTP/1.1\r\nHost: localhost\r\n\r\n").contains("residentBytes")
        }
        let drained = try act(port, token: token, #"{"action":"drain","worker":"worker-1"}"#)
        #expect(drained.hasPrefix("HTTP/1.1 200 "), "\(drained)")
        let refused = try act(port, token: token, #"{"action":"drain","worker":"nobody"}"#)
        #expect(refused.hasPrefix("HTTP/1.1 409 ") && refused.contains("no worker is named nobody"))
        let told = try cluster.coordinatorLogSoFar()
        #expect(told.contains("action=cancel peer=127.0.0.1 subject=sweep 1"), "\(told)")
        #expect(told.contains("problem=no worker is named nobody"), "\(told)")
    }
}
