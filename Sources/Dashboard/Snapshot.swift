import Cluster
import Foundation
import Identities
import Ledger
import Sweeps
import Synchronization

/// The data behind one answer.
struct Snapshot: Sendable {
    /// Nil where the coordinator did not answer in time.
    var overview: Overview?
    var quarantine: [QuarantinedUnit]

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
            quarantine: quarantine.map { .init(unit: $0.key.description, reason: $0.reason) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return (try? encoder.encode(document)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "{}\n"
    }

    private struct Document: Encodable {
        struct Quarantined: Encodable {
            let unit: String
            let reason: String
        }

        let sweeps: [SweepStatus]
        let workers: [WorkerStatus]
        let passes: [PassStatus]
        let quarantine: [Quarantined]
    }
}

/// A one-shot future: carries an answer from the task that makes it to the thread that waits for it.
final class Answer: Sendable {
    let value: Mutex<Overview?> = Mutex(nil)
    let isThere = DispatchSemaphore(value: 0)
}
