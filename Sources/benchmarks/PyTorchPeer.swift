import Foundation

/// What PyTorch reaches at the same work, measured by `peers/efficient_probing.py`.
struct PyTorchPeer: Decodable {
    /// `literature` projects every token, `pooled` projects pooled vectors.
    let order: String
    /// `f32`, or `bf16` by autocast.
    let precision: String
    /// Samples a second by the wall clock.
    let rate: Double
    /// Samples a second of processor time.
    let processorRate: Double

    static func measure(python: String, threads: Int, runs: Int) throws -> [PyTorchPeer] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("peers/efficient_probing.py")
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [script.path, "--threads", String(threads), "--runs", String(runs)]
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([PyTorchPeer].self, from: data)
    }
}
