import ArgumentParser
import Cluster
import Features
import Identities

struct FeaturesVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read and check a whole feature set: hashes, NaN and infinities, ids, labels.",
        discussion: "Exit status 1 if there is a problem. It streams, so a set may be larger than memory.")

    @Argument(help: "Folder of the feature set.") var set: String
    @Option(help: "Output format: text or json.") var format = FeaturesFormat.text

    func run() throws {
        let lines = LiveLines.standardError
        let report = VerificationReport(
            findings: try FeatureSet.open(set).findings { file in
                if let columns = lines.columns { lines.show(["reading \(file)".printable.fitted(to: columns - 1)]) }
            })
        lines.show([])
        try format.write(report)
        if !report.isSound { throw ExitCode(1) }
    }
}

private struct VerificationReport: Encodable, CustomStringConvertible {
    var isSound: Bool { findings.isEmpty }
    var findings: [FeatureError]

    var description: String {
        isSound ? "sound" : findings.map(\.description).joined(separator: "\n")
    }

    private enum CodingKeys: String, CodingKey {
        case sound, findings
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(isSound, forKey: .sound)
        try container.encode(findings, forKey: .findings)
    }
}
