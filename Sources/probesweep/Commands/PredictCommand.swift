import ArgumentParser
import Features
import Numerics
import Training

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Write the logits of a trained head on a feature set.",
        discussion: """
            The head may come from probesweep export, or from any program that writes tensors with the names in \
            docs/formats.md. The logits are a .npy array [n, C] of float32, one row for each sample of the set.
            """)

    @Option(help: "The head's safetensors file.")
    var head: String

    @Option(help: "Folder of the feature set.")
    var features: String

    @Option(help: "The layer to read; by default the one in the head's file.")
    var layer: Int?

    @Option(help: "The .npy file to write.")
    var output: String

    @Option(help: "Threads to compute with.")
    var threads = 1

    func validate() throws {
        guard threads > 0 else { throw ValidationError("--threads must be at least 1, not \(threads).") }
    }

    func run() throws {
        let file = try HeadFile.read(head)
        guard let index = layer ?? file.description.layer else {
            throw ValidationError("\(head) does not have a layer: give --layer.")
        }
        let set = try FeatureSet.open(features)
        let predictor = try predictor(file, set, layer: index)
        let logits = predictor.logits(of: Array(0..<set.manifest.samples))
        try NumpyWriter.write(logits, shape: [set.manifest.samples, predictor.classes], to: output)
    }

    /// - Throws: What the head's file has to answer for, with its name.
    private func predictor(_ file: HeadFile, _ set: FeatureSet, layer index: Int) throws -> HeadPredictor {
        do {
            return try HeadPredictor(file, set: set, layer: index, threads: threads, on: try kernel(of: file))
        } catch var error as TrainingError {
            error.field = "\(head), \(error.field)"
            throw error
        }
    }

    /// The path on which the head was tested if this machine can run it, since logits differ in their last bits between
    /// paths.
    private func kernel(of file: HeadFile) throws -> KernelPath {
        let path = file.description.kernel.flatMap(KernelPath.init(rawValue:))
        if let path, KernelPath.available.contains(path) { return path }
        return try KernelPath.fromEnvironment()
    }
}
