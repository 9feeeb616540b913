import ArgumentParser
import Features

struct FeaturesRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove tasks or layers from a feature set.",
        discussion: """
            Their files are deleted. Results stay in their ledgers, filed under what they were computed from. A task
            that cannot be read can be removed too.
            """)

    @Argument(help: "Folder of the feature set.") var set: String
    @Option(help: "A task to remove.") var task: [String] = []
    @Option(help: "The index of a layer to remove.") var layer: [Int] = []
    @Option(help: "Output format: text or json.") var format = FeaturesFormat.text

    func validate() throws {
        if task.isEmpty && layer.isEmpty { throw ValidationError("Give at least one --task or --layer.") }
    }

    func run() throws {
        try format.write(FeatureSet.open(set).removing(tasks: task, layers: layer).summary())
    }
}
