import Dispatch
import Foundation
import Synchronization

/// A program of the system that is asked something.
enum SystemCommand {
    /// What it prints; nil if there is no such program, if it fails, or if it takes longer than the seconds given.
    static func output(
        of arguments: [String], environment: [String: String], within seconds: Double
    ) -> String? {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let printed = Printed()
        // Read on another thread: what fills the pipe would otherwise hold the program up.
        Thread { [reader = pipe.fileHandleForReading] in
            let data = (try? reader.readToEnd()) ?? Data()
            printed.text.withLock { $0 = String(decoding: data, as: UTF8.self) }
            printed.isWhole.signal()
        }.start()
        guard printed.isWhole.wait(timeout: .now() + seconds) == .success else {
            kill(process.processIdentifier, SIGKILL)
            return nil
        }
        process.waitUntilExit()
        return process.terminationStatus == 0 ? printed.text.withLock { $0 } : nil
    }

    private final class Printed: Sendable {
        let text = Mutex("")
        let isWhole = DispatchSemaphore(value: 0)
    }
}
