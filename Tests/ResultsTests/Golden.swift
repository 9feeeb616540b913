import Foundation
import Testing

/// A rendering held to the text that was approved for it, `Tests/Fixtures/reports/NAME`.
///
/// With `PROBESWEEP_RECORD=1` in the environment the approved text is replaced, and the test fails, so that a recording
/// run can never pass for a test run.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/reports")
    let file = folder.appending(path: name)
    if ProcessInfo.processInfo.environment["PROBESWEEP_RECORD"] == "1" {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        Issue.record("Recorded \(name); run again without PROBESWEEP_RECORD.", sourceLocation: sourceLocation)
        return
    }
    let approved = try Data(contentsOf: file)
    #expect(text == String(decoding: approved, as: UTF8.self), "\(name)", sourceLocation: sourceLocation)
}
