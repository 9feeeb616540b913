import Foundation

/// Another system's rate for tasks that do nothing, measured by `peers/cluster.py`.
struct ClusterPeer: Decodable {
    static let names = ["dask", "parsl", "ray"]

    let name: String
    let version: String?
    /// Tasks a second, the median of the runs.
    let rate: Double?
    /// Seconds from the submission of a single task to its result, median.
    let roundTrip: Double?
    /// Why it was not measured.
    let skipped: String?

    static func measure(_ name: String, python: String, units: Int, workers: Int, runs: Int) throws -> ClusterPeer {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("peers/cluster.py")
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [script.path, name, "--units", "\(units)", "--workers", "\(workers)", "--runs", "\(runs)"]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        // The peers print other lines first.
        let line = data.split(separator: UInt8(ascii: "\n")).last ?? Data()
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let peer = try? decoder.decode(ClusterPeer.self, from: line) else {
            return ClusterPeer(
                name: name, version: nil, rate: nil, roundTrip: nil,
                skipped: "it ended with status \(process.terminationStatus)")
        }
        return peer
    }

    var line: String {
        guard let rate, let version else { return "\(name): skipped, \(skipped ?? "no results")" }
        let trip = roundTrip.map { ", round trip p50 \(($0 * 1e3).rounded(to: 3)) ms" } ?? ""
        return "\(name) \(version): \(rate.rounded(to: 0)) tasks/s\(trip)"
    }
}
