import ArgumentParser
import Features

struct FeaturesInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show the contents of a feature set, without reading its tokens.")

    @Argument(help: "Folder of the feature set.") var set: String
    @Option(help: "Output format: text or json.") var format = FeaturesFormat.text

    func run() throws {
        try format.write(FeatureSet.open(set).summary())
    }
}
