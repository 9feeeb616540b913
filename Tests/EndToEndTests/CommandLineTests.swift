import Foundation
import TestKit
import Testing

@Suite("The command line")
struct CommandLineTests {
    @Test(
        "Invalid arguments or an invalid spec give status 2 and a remedy",
        arguments: [
            (["nonsense"], "unknown command \"nonsense\""),
            (["rnu", "x.yaml"], "did you mean run?"),
            (
                ["features", "improt", "--help"],
                "unknown command \"improt\" of probesweep features; did you mean import?"
            ),
            (["plot", "x", "--output", "x.gif"], "a name that ends in .svg"),
            (["plot", "x", "--output", "x.svg.txt"], "a name that ends in .svg"),
            (["run"], "specification"),
            (["run", "--workers", "0", "x.yaml"], "--workers must be at least 1"),
            (["plan", "missing.yaml"], "missing.yaml"),
            (["plan", "--measure", "--state", "s", "x.yaml"], "--state or --measure"),
            (["table", "x", "--format", "odt"], "odt"),
            (["coordinator", "--listen", "tcp://0.0.0.0:99999"], "with a port of 1 to 65535, or * for a free one"),
            (["status", "--connect", "nonsense", "--keys", "x"], "give tcp://HOST:PORT"),
            (["table", "x", "--across", "probe"], "'layer', 'output' or 'shots'"),
        ])
    func usageEndsWithTwo(_ arguments: [String], _ hint: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program(arguments, in: folder.url).outcome()
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(outcome.errors.contains(hint), "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
    }

    @Test("A plan for this machine measures it and includes the workers' start")
    func measured() throws {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url).path
        let outcome = try Program.run("plan", file, "--measure", "--workers", "2", in: folder.url)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("2 workers with one thread of this machine each, their start included"))
    }

    @Test("An unknown key in a spec is named with its line and the nearest key")
    func unknownKey() throws {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url)
        let text = try String(contentsOf: file, encoding: .utf8).replacing("folds:", with: "flods:")
        try text.write(to: file, atomically: true, encoding: .utf8)
        let outcome = try Program.run("plan", file.path, in: folder.url)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("small.yaml:4"), "\(outcome.errors)")
        #expect(outcome.errors.contains("folds"), "\(outcome.errors)")
    }

    @Test(
        "A probe that does not fit the features is rejected by plan, with its line and the reason",
        arguments: [
            ("clip", "but it learns a vector for each position"), ("cbam", "but it convolves their grid"),
            ("finetune", "there is no file weights/backbone.safetensors"),
            ("zeroshot", "there is no file weights/classes.safetensors"),
            ("{type: dinov2, layers: 3}", "1 layers stand before this one, and 2 are needed"),
            ("{type: aim, heads: 5}", "5 heads do not divide the width 384"),
        ])
    func refusedAtPlanning(_ probe: String, _ reason: String) throws {
        let folder = try TemporaryFolder()
        var specification = Specification.small
        specification.probes = [probe]
        let outcome = try Program.run("plan", try specification.write(in: folder.url).path, in: folder.url)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("small.yaml:6") && outcome.errors.contains(reason), "\(outcome.errors)")
    }

    @Test("A table of an unknown sweep gives status 1 and the known names")
    func unknownSweep() throws {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url)
        #expect(try Program.run("run", file.path, "--workers", "1", in: folder.url).status == 0)
        let outcome = try Program.run("table", "smal", in: folder.url)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("small"), "\(outcome.errors)")
    }

    @Test("Folds that separate equal ids give a warning with counts, and with --strict an error before any work")
    func leakage() throws {
        let folder = try TemporaryFolder()
        let features = folder.file("wordnet")
        try FileManager.default.copyItem(at: Fixture.wordnet, to: features)
        var ids = try String(contentsOf: features.appending(path: "ids.txt"), encoding: .utf8).split(separator: "\n")
        for index in 1..<8 { ids[index] = ids[0] }
        try (ids.joined(separator: "\n") + "\n")
            .write(to: features.appending(path: "ids.txt"), atomically: true, encoding: .utf8)
        let file = try Specification.small.write(in: folder.url)
        try String(contentsOf: file, encoding: .utf8).replacing(Fixture.wordnet.path, with: features.path)
            .write(to: file, atomically: true, encoding: .utf8)

        let warned = try Program.run("plan", file.path, in: folder.url)
        #expect(warned.status == 0)
        let warning = "warning: all-MiniLM-L6-v2, task lexname: 8 of 64 samples"
        #expect(warned.errors.contains(warning), "\(warned.errors)")
        for command in ["plan", "run"] {
            let refused = try Program.run(command, file.path, "--strict", in: folder.url)
            #expect(refused.status == 2 && refused.output.isEmpty)
            #expect(refused.errors.contains("1 id lies on both sides"), "\(refused.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.file(".probesweep").path))
    }

    @Test("The costs of probes are available as JSON")
    func probesAsJSON() throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run(
            "probes", "--width", "768", "--tokens", "196", "--classes", "1000", "--format", "json", in: folder.url)
        let entries = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]] ?? []
        let efficient = try #require(entries.first { $0["probe"] as? String == "efficient" })
        #expect(efficient["parameters"] as? Int == 1_383_400)
        #expect(efficient["reference_macs"] as? Int == 121_340_928)
    }
}
