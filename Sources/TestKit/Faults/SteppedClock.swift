package import Foundation

/// A wall clock that a test can set, for processes that are started with its environment: libfaketime (Debian's
/// `faketime`). Their monotonic clock is the machine's.
package struct SteppedClock: Sendable {
    private static let library = "/usr/lib/\(architecture)-linux-gnu/faketime/libfaketimeMT.so.1"

    #if arch(arm64)
        private static let architecture = "aarch64"
    #else
        private static let architecture = "x86_64"
    #endif

    private let file: URL
    private let preloaded: URL

    /// Why this machine has none; nil if it has.
    package static var refusal: String? {
        FileManager.default.fileExists(atPath: library)
            ? nil : "libfaketime is missing (\(library)); install the Debian package faketime"
    }

    /// - Parameter folder: The folder of the file from which the processes read the time, and of their library.
    package init(in folder: URL) throws {
        file = folder.appending(path: "clock")
        preloaded = folder.appending(path: "libfaketime.so")
        try Self.libraryWithoutTimers().write(to: preloaded)
        try step(by: 0)
    }

    /// The environment of a process with this clock.
    package var environment: [String: String] {
        [
            "LD_PRELOAD": preloaded.path, "FAKETIME_TIMESTAMP_FILE": file.path, "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        ]
    }

    /// The prefix of its command. The library sets a variable in the first process that loads it, which moves the
    /// environment away from where Swift looks for the arguments; the second process inherits the variable.
    package var prefix: [String] { ["env"] }

    /// Sets the clock's offset from the machine's, in seconds, for all processes at once.
    package func step(by seconds: Int) throws {
        try (seconds < 0 ? "\(seconds)" : "+\(seconds)").write(to: file, atomically: true, encoding: .utf8)
    }

    /// The library shifts every timerfd, also those of monotonic clocks (its issue 378): after a step Dispatch's
    /// timers would expire at once and be armed again, in a busy loop. Under other names the functions replace none.
    private static func libraryWithoutTimers() throws -> Data {
        var library = try Data(contentsOf: URL(filePath: library))
        for (name, replacement) in [("timerfd_settime", "timerfd_setnone"), ("timerfd_gettime", "timerfd_getnone")] {
            guard library.range(of: Data(name.utf8)) != nil else {
                throw UnknownLibrary(path: self.library, lacks: name)
            }
            while let range = library.range(of: Data(name.utf8)) {
                library.replaceSubrange(range, with: Data(replacement.utf8))
            }
        }
        return library
    }

    struct UnknownLibrary: Error {
        let path: String
        let lacks: String
    }
}
