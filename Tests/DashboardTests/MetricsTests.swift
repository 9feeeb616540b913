import Cluster
import Foundation
import Identities
import KernelFiles
import Scheduling
import Testing

@testable import Dashboard

@Suite("The coordinator's metrics")
struct MetricsTests {
    private static func snapshot(hasCoordinator: Bool = true) -> Snapshot {
        var unitSeconds = UnitSeconds(CostKind("efficient gradient"))
        for seconds in [0.02, 0.2, 0.25, 5, 1e9, -1, .nan] { unitSeconds.add(seconds) }
        let overview = Overview(
            sweeps: [
                SweepStatus(
                    number: SweepID(3), name: "a \"name\"\\",
                    progress: Progress(
                        total: 100, done: 40, quarantined: 2, workers: 1, rate: 2.5, secondsToGo: 23, paused: nil),
                    leased: 8, isCancelled: false)
            ], workers: [Stage.worker], passes: [PassStatus(name: "digest", pending: 50, leases: 1)],
            unitSeconds: [unitSeconds])
        return Snapshot(
            overview: hasCoordinator ? overview : nil, quarantine: [], version: "1.0+abc", process: .current)
    }

    @Test("have the program's version, the figures of its process, and what waits")
    func figures() throws {
        let lines = PrometheusText.text(Self.snapshot()).split(separator: "\n").map(String.init)
        #expect(lines.contains(#"probesweep_build_info{version="1.0+abc"} 1.0"#))
        #expect(lines.contains(#"probesweep_pass_units_waiting{pass="digest"} 50.0"#))
        func value(_ name: String) throws -> Double {
            let line = try #require(lines.first { $0.hasPrefix(name + " ") }, "\(name)")
            return try #require(Double(line.dropFirst(name.count + 1)))
        }
        #expect(try value("process_cpu_seconds_total") >= 0)
        #expect(try value("process_resident_memory_bytes") > 1_000_000)
        #expect(try value("process_open_fds") >= 3)
        let start = try value("process_start_time_seconds")
        #expect(start > 1_000_000_000 && start <= Date().timeIntervalSince1970 + 1)
    }

    @Test("count units in buckets that hold those before them, and leave out what is no duration")
    func histogram() {
        let text = PrometheusText.text(Self.snapshot())
        let labels = #"probe="efficient",method="gradient""#
        for (bound, count) in [("0.01", 0), ("0.03", 1), ("0.3", 3), ("10.0", 4), ("10000.0", 4), ("+Inf", 5)] {
            #expect(text.contains("probesweep_unit_seconds_bucket{\(labels),le=\"\(bound)\"} \(count).0\n"), "\(bound)")
        }
        #expect(text.contains("probesweep_unit_seconds_count{\(labels)} 5.0\n"))
    }

    /// Prometheus' own checker.
    private static let checker = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { URL(filePath: String($0)).appending(path: "promtool") }
        .first { FileManager.default.isExecutableFile(atPath: $0.path) }

    @Test(
        "pass Prometheus' own check", .enabled(if: checker != nil, "promtool is not on PATH (Debian: prometheus)"),
        arguments: [true, false])
    func clean(_ hasCoordinator: Bool) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "probesweep-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(PrometheusText.text(Self.snapshot(hasCoordinator: hasCoordinator)).utf8).write(to: file)
        let process = Process(), said = Pipe()
        process.executableURL = Self.checker
        process.arguments = ["check", "metrics"]
        process.standardInput = try FileHandle(forReadingFrom: file)
        (process.standardOutput, process.standardError) = (said, said)
        try process.run()
        let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && text.isEmpty, "\(text)")
    }
}
