import ArgumentParser
import Features

struct FeaturesFoldsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "folds",
        abstract: "Print the fold of every sample of a task, to train other models on the same folds.",
        discussion: "CSV with the columns id and fold. The folds of repeat r of a sweep are those of seed + r.")

    @Argument(help: "Folder of the feature set.")
    var set: String

    @Argument(help: "The task.")
    var task: String

    @Option(help: "stratified, plain, grouped, hashed or predefined.")
    var scheme = "stratified"

    @Option(help: "Number of folds.")
    var count = 5

    @Option(help: "The seed of the assignment.")
    var seed = 0

    func run() throws {
        let features = try FeatureSet.open(set)
        let labelled = try features.task(task)
        let ids = try features.sampleIDs()
        let folds = try FoldAssignment.make(scheme: scheme, count: count, seed: seed, for: labelled)
        let rows = labelled.samples.enumerated().map { position, sample in
            "\(ids[sample]),\(folds.foldOfSample[position])"
        }
        try Output.lines(["id,fold"] + rows)
    }
}
