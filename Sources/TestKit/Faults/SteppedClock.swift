package import Foundation

/// A wall clock of the test's own for the processes that are started with its environment, by libfaketime (Debian's
/// `faketime`). Their monotonic clock stays the machine's.
package struct SteppedClock: Sendable {
    private static let library = "/usr/lib/\(architecture)-linux-gnu/faketime/libfaketimeMT.so.1"

    #if arch(arm64)
        private static let architecture = "aarch64"
    #else
        private static let architecture = "x86_64"
    #endif

    private let file: URL

    /// Why this machine has none; nil where it does.
    package static var refusal: String? {
        FileManager.default.fileExists(atPath: library)
            ? nil : "libfaketime is missing (\(library)); install the Debian package faketime"
    }

    /// - Parameter folder: Where the file lies that the processes read the time from.
    package init(in folder: URL) throws {
        file = folder.appending(path: "clock")
        try step(by: 0)
    }

    /// What a process is to be started with.
    package var environment: [String: String] {
        [
            "LD_PRELOAD": Self.library, "FAKETIME_TIMESTAMP_FILE": file.path, "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        ]
    }

    /// What to put before its command. The library sets a variable in the first process that it is loaded into, which
    /// moves the environment away from where Swift looks for the arguments; the second process inherits it.
    package var prefix: [String] { ["env"] }

    /// Sets the clock so many seconds before or behind the machine's, at once and for all processes.
    package func step(by seconds: Int) throws {
        try (seconds < 0 ? "\(seconds)" : "+\(seconds)").write(to: file, atomically: true, encoding: .utf8)
    }
}
