import Diagnosis
import Foundation
import Ledger
import TestKit
import Testing

@Suite("The doctor's view of a state folder")
struct StateDiagnosisTests {
    @Test("A folder that does not exist is judged by the one above it, and is not made")
    func missing() async throws {
        let folder = try TemporaryFolder()
        let state = folder.file("a/b").path
        let finding = try #require(await findings(state).first { $0.subject == "state" })
        #expect(finding.grade == .ok, "\(finding)")
        #expect(finding.found.contains("will be created"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("a").path))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }

    @Test("A folder that is a file is a failure, and its disk is not measured")
    func file() async throws {
        let folder = try TemporaryFolder()
        let state = folder.file("state")
        try Data("text".utf8).write(to: state)
        let findings = await findings(state.path)
        let finding = try #require(findings.first { $0.subject == "state" })
        #expect(finding.grade == .failure && finding.found.contains(state.path), "\(finding)")
        #expect(!findings.contains { $0.subject.hasPrefix("disk") })
    }

    @Test("A sound ledger is read, and a damaged one is a failure with its path")
    func ledger() async throws {
        let folder = try TemporaryFolder()
        _ = try Ledger.open(folder.url.path)
        var finding = try #require(await findings(folder.url.path).first { $0.subject == "ledger" })
        #expect(finding.grade == .ok && finding.found == "0 sweeps", "\(finding)")

        let file = folder.file("ledger.sqlite")
        for name in ["ledger.sqlite-wal", "ledger.sqlite-shm"] {
            try? FileManager.default.removeItem(at: folder.file(name))
        }
        try Data(repeating: 7, count: 10_000).write(to: file)
        finding = try #require(await findings(folder.url.path).first { $0.subject == "ledger" })
        #expect(finding.grade == .failure && finding.found.contains(file.path), "\(finding)")
    }

    private func findings(_ state: String) async -> [Finding] {
        var findings: [Finding] = []
        await Diagnosis(state: state).run { findings.append($0) }
        return findings
    }
}
