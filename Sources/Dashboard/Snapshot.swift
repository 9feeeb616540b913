import Cluster
import Foundation
import Identities
import KernelFiles
import Ledger
import Scheduling
import Sweeps

/// The data of one response.
struct Snapshot: Sendable {
    /// Nil if the coordinator did not respond in time.
    var overview: Overview?
    var quarantine: [QuarantinedUnit]
    /// The same, grouped by reason and with the units' names.
    var failures: [FailureGroup] = []
    var history = History()
    /// Seconds within which the workers wanted would end all work.
    var targetSeconds = WorkersWanted.standardTarget
    /// The program's version; empty where it is not known.
    var version = ""
    /// Of the coordinator's process; nil where they are not known.
    var process: ProcessFigures?

    /// The same for programs, without hosts and folders.
    var json: String {
        let document = Document(
            sweeps: overview?.sweeps ?? [],
            workers: (overview?.workers ?? []).map { worker in
                var worker = worker
                worker.host = ""
                return worker
            },
            passes: overview?.passes ?? [],
            quarantine: quarantine.map { .init(unit: $0.key.description, reason: $0.reason) },
            workersWanted: overview.map { overview in
                let wanted = overview.workersWanted
                return .init(
                    count: wanted.count(target: targetSeconds), targetSeconds: targetSeconds,
                    workerSecondsToGo: wanted.workerSecondsToGo, unfinishedUnits: wanted.unfinishedUnits)
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return (try? encoder.encode(document)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "{}\n"
    }

    private struct Document: Encodable {
        struct Quarantined: Encodable {
            let unit: String
            let reason: String
        }

        struct Wanted: Encodable {
            let count: Int
            let targetSeconds: Double
            let workerSecondsToGo: Double
            let unfinishedUnits: Int
        }

        let sweeps: [SweepStatus]
        let workers: [WorkerStatus]
        let passes: [PassStatus]
        let quarantine: [Quarantined]
        let workersWanted: Wanted?
    }
}
