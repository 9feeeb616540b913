import Foundation

/// Debian's Chromium, which tests of pages need.
package enum Chromium {
    package static let program = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/chromium" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    package static let absence = "chromium is not installed (Debian: apt-get install chromium)"
}
