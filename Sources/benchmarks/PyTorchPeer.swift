import Foundation

/// PyTorch's rate for the same work, measured by `peers/efficient_probing.py`.
struct PyTorchPeer: Decodable {
    /// `literature` projects every token, `pooled` projects pooled vectors.
    let order: String
    /// `f32`, or `bf16` by autocast.
    let precision: String
    /// Samples a second by the wall clock.
    let rate: Double
    /// Samples a second of processor time.
    let processorRate: Double

    /// - Parameter orders: Those to measure.
    static func measure(
        python: String, threads: Int, runs: Int, shape: EfficientProbingShape = .reference,
        orders: [String] = ["literature", "pooled"]
    ) throws -> [PyTorchPeer] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("peers/efficient_probing.py")
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: python)
        let numbers = [
            "threads": threads, "runs": runs, "queries": shape.queries, "output": shape.output, "batch": shape.batch,
            "tokens": shape.tokens, "width": shape.width, "classes": shape.classes,
        ]
        process.arguments = [script.path, "--orders"] + orders + numbers.flatMap { ["--\($0.key)", String($0.value)] }
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([PyTorchPeer].self, from: data)
    }
}
