package import Logging
import Synchronization

/// What was logged.
package final class LogLines: Sendable {
    private let kept = Mutex<[String]>([])
    private let line: @Sendable (LogEvent) -> String

    /// - Parameter line: what is kept of an event.
    package init(_ line: @escaping @Sendable (LogEvent) -> String = { "\($0.message) \($0.metadata ?? [:])" }) {
        self.line = line
    }

    package var lines: [String] { kept.withLock { $0 } }

    package var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.kept.withLock { $0.append(lines.line(event)) } }
    }
}
