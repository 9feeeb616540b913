import Foundation
import TestKit
import Testing

@Suite("The doctor")
struct DoctorTests {
    private struct Finding: Decodable {
        let subject: String
        let grade: String
        let found: String
    }

    @Test("A machine that runs sweeps has no failure, and JSON has what the lines say")
    func sound() throws {
        let folder = try TemporaryFolder()
        let lines = try Program.run("doctor", in: folder.url)
        #expect(lines.status == 0, "\(lines.output)\(lines.errors)")
        let findings = try findings(Program.run("doctor", "--format", "json", in: folder.url))
        let subjects = [
            "kernel path", "processors", "memory", "ZeroMQ", "SQLite", "SHA-256", "BLAS", "state", "disk speed",
        ]
        for subject in subjects {
            #expect(findings.contains { $0.subject == subject }, "\(subject)")
            #expect(lines.output.contains(subject))
        }
        #expect(findings.first { $0.subject == "ZeroMQ" }?.found.contains("with CURVE") == true)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path).allSatisfy { !$0.hasPrefix(".probe") })
    }

    @Test("Each feature set has its line, and one that does not open gives status 1 and names its file")
    func features() throws {
        let folder = try TemporaryFolder()
        let made = try Program.run(
            "features", "synthesize", "sound", "--samples", "40", "--tokens", "2", "--width", "8", "--classes", "2",
            in: folder.url)
        #expect(made.status == 0, "\(made.errors)")
        let sound = try Program.run("doctor", "--features", "sound", "--format", "json", in: folder.url)
        #expect(sound.status == 0, "\(sound.output)")
        #expect(try findings(sound).last?.found.contains("sound: 40 samples") == true)

        try Data("{".utf8).write(to: folder.file("sound/featureset.json"))
        let broken = try Program.run("doctor", "--features", "sound", "absent", "--format", "json", in: folder.url)
        #expect(broken.status == 1)
        let failures = try findings(broken).filter { $0.grade == "failure" }
        #expect(failures.count == 2)
        #expect(failures.allSatisfy { $0.found.contains("featureset.json") }, "\(failures)")
    }

    @Test("A coordinator that answers is counted, with a word on missing workers")
    func coordinator() throws {
        let folder = try TemporaryFolder()
        let cluster = try LiveCluster(in: folder.url)
        let outcome = try Program.run(
            "doctor", "--connect", cluster.address, "--keys", cluster.keys, "--format", "json", in: folder.url)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        let finding = try findings(outcome).first { $0.subject == "coordinator" }
        #expect(finding?.grade == "warning" && finding?.found.contains("0 workers") == true, "\(outcome.output)")
    }

    @Test("A kernel path that does not exist is a failure with the paths that do")
    func kernel() throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run("doctor", in: folder.url, environment: ["PROBESWEEP_KERNEL": "fastest"])
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("“fastest” is not a kernel path"), "\(outcome.output)")
    }

    private func findings(_ outcome: Program.Outcome) throws -> [Finding] {
        try JSONDecoder().decode([Finding].self, from: Data(outcome.output.utf8))
    }
}
