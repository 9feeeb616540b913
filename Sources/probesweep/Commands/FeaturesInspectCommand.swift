import ArgumentParser
import Features

struct FeaturesInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show what a feature set holds, without reading its tokens.")

    @Argument(help: "Folder of the feature set.") var set: String
    @Option(help: "Form of the answer.") var format = FeaturesFormat.text

    func run() throws {
        print(try format.render(FeatureSet.open(set).summary()))
    }
}
