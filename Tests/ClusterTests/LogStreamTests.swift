import Testing

@testable import Cluster

@Suite("Lines of the log")
struct LogStreamTests {
    @Test("A message is one line, whatever names and reasons it has")
    func oneLine() {
        let message = "warning: worker=a\u{1B}[2K\rb reason=died\n2026 error forged\n"
        #expect(LogStream.line(message) == #"warning: worker=a\u{1B}[2K\rb reason=died\n2026 error forged"# + "\n")
    }
}
