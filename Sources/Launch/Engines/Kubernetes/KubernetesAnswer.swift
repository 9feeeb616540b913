import Foundation

/// What `kubectl get jobs -o json` prints, as far as it matters.
struct KubernetesAnswer: Decodable {
    struct Job: Decodable {
        struct Metadata: Decodable { let name: String }
        struct Status: Decodable {
            struct Condition: Decodable { let type, status: String; let reason, message: String? }
            let active, ready: Int?
            let conditions: [Condition]?
        }
        let metadata: Metadata
        let status: Status?
    }

    let items: [Job]

    /// - Throws: ``EngineError`` if the answer is none.
    static func states(in text: String) throws -> [JobID: JobState] {
        do {
            let answer = try JSONDecoder().decode(KubernetesAnswer.self, from: Data(text.utf8))
            return Dictionary(
                answer.items.map { ($0.metadata.name, $0.state) }, uniquingKeysWith: { first, _ in first })
        } catch is DecodingError {
            throw EngineError("kubectl get jobs", "“\(text.prefix(80))” is not a list of jobs")
        }
    }
}

extension KubernetesAnswer.Job {
    /// A pod that waits for a machine is active and not ready.
    var state: JobState {
        let holds = (status?.conditions ?? []).filter { $0.status == "True" }
        if holds.contains(where: { $0.type == "Complete" }) { return .ended(.completed) }
        if let failed = holds.first(where: { $0.type == "Failed" }) {
            let isOwn = failed.reason == "BackoffLimitExceeded"
            return .ended(
                isOwn ? .failed(status: 1, lastWords: nil) : .interrupted(failed.reason ?? "failed", lastWords: nil))
        }
        return (status?.ready ?? 0) > 0 ? .running : .queued
    }
}
