import ArgumentParser
import Features
import Identities

/// `probesweep features`: inspect, verify, import, thin out and synthesise feature sets.
struct FeaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Inspect, verify, import or synthesise feature sets, or remove parts of them.",
        discussion:
            "A feature set is a folder with featureset.json and safetensors; docs/formats.md describes every field.",
        subcommands: [
            FeaturesInspectCommand.self, FeaturesVerifyCommand.self, FeaturesImportCommand.self,
            FeaturesRemoveCommand.self, FeaturesSynthesizeCommand.self, FeaturesFoldsCommand.self,
            FeaturesReadHDF5Command.self,
        ])
}

/// The output format of a features command.
enum FeaturesFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json

    /// Writes the value's description, or JSON with sorted keys.
    func write(_ value: some Encodable & CustomStringConvertible) throws {
        switch self {
        case .text: try Output.text(value.description.printableLines + "\n")
        case .json: try Output.json(value)
        }
    }
}

/// The types that tokens are stored in.
enum StoredType: String, ExpressibleByArgument, CaseIterable {
    case bfloat16 = "BF16"
    case float16 = "F16"
    case float32 = "F32"

    var element: ElementType {
        switch self {
        case .bfloat16: .bfloat16
        case .float16: .float16
        case .float32: .float32
        }
    }
}
