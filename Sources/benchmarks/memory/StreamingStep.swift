import ArgumentParser
import Features
import Foundation
import KernelFiles
import Numerics
import Probes
import Sweeps
import Synchronization
import Training
import Units

/// One measurement of `streaming`, in its own process.
struct StreamingStep: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "streaming-step", shouldDisplay: false)

    @Option var folder: String
    @Option var epochs: Int
    @Option var threads: Int
    @Option var window: Int
    @Option var block: Int?
    /// The file with the control group's processes.
    @Option var group: String?

    /// The pass's progress at an instant, with the bytes read from disk so far.
    private struct Mark {
        let share: Double
        let seconds: Double
        let bytes: Int
    }

    func run() throws {
        if let group {
            let handle = try FileHandle(forWritingTo: URL(filePath: group))
            try handle.write(contentsOf: Data("\(getpid())".utf8))
            try handle.close()
        }
        let set = try FeatureSet.open(folder)
        let (layer, task) = (try set.layer(0), try set.task("class"))
        let memory = PeakMemory()
        let clock = ContinuousClock()
        let start = clock.now
        let marks = Mutex([Mark(share: 0, seconds: 0, bytes: Self.bytesRead())])
        let pass = Pass(
            units: [try unit(layer, task)], layer: layer, tasks: ["class": task],
            settings: PassSettings(
                threads: threads, kernel: .best(), memoryBudget: 250_000_000,
                provenance: Provenance(
                    programVersion: "", kernelPath: "", host: "", worker: "", threads: 0, blasThreads: 0, attempt: 0,
                    seconds: 0)))
        try pass.run(
            PassObserver(
                finished: { if case .failed(_, let error) = $0 { fatalError("\(error)") } },
                progressed: { share in
                    let mark = Mark(share: share, seconds: (clock.now - start) / .seconds(1), bytes: Self.bytesRead())
                    marks.withLock { $0.append(mark) }
                }))
        memory.end()
        report(marks.withLock { $0 }, peak: memory.megabytes)
    }

    private func report(_ marks: [Mark], peak: Double) {
        // The test follows the last epoch and has no share.
        let all = marks.map(\.share).max() ?? 0
        let ends = (0...epochs).map { epoch in
            marks.first { $0.share >= all * Double(epoch) / Double(epochs) - 1e-9 } ?? marks[0]
        }
        for epoch in 1...epochs {
            let (before, after) = (ends[epoch - 1], ends[epoch])
            let megabytes = Double(after.bytes - before.bytes) / 1e6
            let seconds = after.seconds - before.seconds
            print("  epoch \(epoch): \(seconds.rounded(to: 2)) s, \(megabytes.rounded(to: 0)) MB read")
        }
        print("  allocated at most \(peak.rounded(to: 0)) MB")
    }

    /// Bytes that the process has read from disk.
    private static func bytesRead() -> Int {
        let text = KernelFile.text("/proc/self/io") ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("read_bytes:") }
        return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }

    private func unit(_ layer: LayerTokens, _ task: FeatureTask) throws -> ProbeUnit {
        let probe = ProbeConfiguration(type: "efficient", options: ["queries": .integer(4), "output": .text("D/4")])
        return ProbeUnit(
            features: LayerReference(
                set: "synthetic", digest: "0", layer: 0, width: layer.width, tokens: layer.maximumTokens),
            task: TaskReference(
                name: "class", digest: "0", kind: "classification", classes: task.classes, metric: "top1"),
            fold: FoldReference(scheme: "plain", count: 10, seed: 0, repetition: 0, heldOut: 0),
            probe: try ProbeCatalog.complete(probe),
            solver: Solver(
                GradientSettings(
                    optimizer: "adamw", momentum: 0.9, beta2: 0.999, trust: 0, learningRates: [0.001],
                    weightDecays: [0.05], epochs: epochs, warmup: 1, batch: 256,
                    shuffle: block.map { BlockShuffle(block: $0, window: window) }),
                selection: SelectionSettings(fraction: 0, refit: false)),
            seed: 0)
    }
}
