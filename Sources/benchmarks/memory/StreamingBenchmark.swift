import ArgumentParser
import Features
import Foundation
import Numerics

/// Measures epochs over a set larger than the process's memory limit, in random order and in blocks.
struct StreamingBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "streaming",
        abstract: "Measure epochs over a set larger than memory, in a control group with a limit.",
        discussion: """
            Writes a synthetic set and trains one unit of efficient probing on it: in as much memory as there is, then \
            with the limit in random order, then with the limit in blocks. Needs the right to make a control group \
            (root). Seconds and bytes read from the disk are those of each epoch but the first.
            """)

    @Option(help: "A folder for the set, which is kept; by default a temporary one.")
    var folder: String?

    @Option(help: "Samples of the set.")
    var samples = 100_000

    @Option(help: "Patch tokens of a sample.")
    var tokens = 20

    @Option(help: "D.")
    var width = 768

    @Option(help: "Memory limit of the process in megabytes, including its file pages.")
    var limit = 1000

    @Option(help: "Samples of a block.")
    var block = 64

    @Option(help: "Blocks of a window.")
    var window = 16

    @Option(help: "Epochs.")
    var epochs = 4

    @Option(help: "Threads of the pass.")
    var threads = 1

    func run() throws {
        let temporary = FileManager.default.temporaryDirectory.appending(path: "streaming-\(UUID().uuidString)").path
        let place = folder ?? temporary
        defer { if folder == nil { try? FileManager.default.removeItem(atPath: place) } }
        if !FeatureSet.exists(in: place) {
            _ = try SyntheticFeatures(samples: samples, tokens: tokens, width: width, classes: 10).write(
                to: place, threads: ThreadPool(threads: 2))
        }
        let layer = try FeatureSet.open(place).layer(0)
        print("\(layer.samples) samples, \(layer.bytes / 1_000_000) MB of tokens")
        for (name, limit, block) in [
            ("all in memory, random order", nil, nil), ("limit, random order", Optional(limit), nil),
            ("limit, blocks of \(block) in windows of \(window)", limit, Optional(block)),
        ] {
            print("\(name)\(limit.map { " (\($0) MB)" } ?? ""):")
            // The step prints to the same output from its own process.
            fflush(nil)
            layer.letGo(0..<layer.samples)
            try step(place, limit: limit, block: block)
        }
    }

    private func step(_ place: String, limit: Int?, block: Int?) throws {
        let group = try limit.map { try ControlGroup.make(bytes: $0 * 1_000_000) }
        defer { group?.remove() }
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [
            "streaming-step", "--folder", place, "--epochs", "\(epochs)", "--threads", "\(threads)", "--window",
            "\(window)",
        ]
        if let block { process.arguments?.append(contentsOf: ["--block", "\(block)"]) }
        if let group { process.arguments?.append(contentsOf: ["--group", group.members]) }
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
    }
}

/// A control group with a limit on memory, of version 1 or 2.
private struct ControlGroup {
    private let folder: String
    /// The file with the group's processes.
    var members: String { "\(folder)/cgroup.procs" }

    static func make(bytes: Int) throws -> ControlGroup {
        let first = "/sys/fs/cgroup/memory"
        let isFirst = FileManager.default.fileExists(atPath: "\(first)/memory.limit_in_bytes")
        let folder = "\(isFirst ? first : "/sys/fs/cgroup")/probesweep-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let file = "\(folder)/\(isFirst ? "memory.limit_in_bytes" : "memory.max")"
        try write("\(bytes)", to: file)
        return ControlGroup(folder: folder)
    }

    /// Control files are written in place, not replaced.
    static func write(_ text: String, to file: String) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: file))
        defer { try? handle.close() }
        try handle.write(contentsOf: Data(text.utf8))
    }

    func remove() { rmdir(folder) }
}
