import Testing

@testable import Launch

@Suite("Programs of engines")
struct CommandRunnerTests {
    @Test("A program that ends before it has read its input ends nothing else, and is heard", arguments: [0, 1 << 20])
    func deaf(bytes: Int) async throws {
        let input = String(repeating: "x", count: bytes)
        for _ in 1...20 {
            let output = try await CommandRunner().run("sh", ["-c", "echo no >&2; exit 3"], input: input)
            #expect(output.status == 3)
            #expect(output.lastLine == "no")
        }
    }

    @Test("A program reads all that it is given")
    func read() async throws {
        let input = String(repeating: "x", count: 1 << 20)
        #expect(try await CommandRunner().succeed("wc", ["-c"], input: input).contains("1048576"))
    }

    @Test("A program that takes too long is ended, and one that is missing is named")
    func late() async {
        let late = await #expect(throws: EngineError.self) {
            try await CommandRunner(timeout: 0.2).run("sleep", ["60"])
        }
        #expect(late?.what == "sleep")
        let missing = await #expect(throws: EngineError.self) { try await CommandRunner().run("no-such-program", []) }
        #expect(missing?.reason.contains("no such program") == true)
    }
}
