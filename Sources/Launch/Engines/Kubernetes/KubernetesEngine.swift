import Foundation
import Identities

/// Workers as Jobs of Kubernetes, one Job a worker, through `kubectl` and whatever cluster it is set up for.
package struct KubernetesEngine: Engine {
    let manifest: KubernetesManifest
    /// The user's options for `kubectl`, such as `--context`.
    let options: [String]
    private let commands = CommandRunner()

    package init(launch: String, settings: KubernetesSettings, options: [String]) {
        manifest = KubernetesManifest(launch: launch, settings: settings)
        self.options = options
    }

    package var pollInterval: Double { 5 }

    package func prepare(report: (String) -> Void) async throws {
        for (verb, kind) in [("create", "jobs"), ("create", "secrets"), ("delete", "jobs")] {
            let answer = try await kubectl(["auth", "can-i", verb, kind])
            guard answer.status == 0 else {
                throw EngineError(
                    "kubectl auth can-i \(verb) \(kind)",
                    "\(answer.lastLine). The launch needs a role that may create and delete jobs and secrets in "
                        + manifest.settings.namespace)
            }
        }
    }

    package func submit(_ order: WorkerOrder) async throws -> JobID {
        let token = try order.credential.tokenText(for: order.member)
        // On the server's side: a client's own way keeps a copy of the token in an annotation.
        _ = try await succeed(
            ["apply", "--server-side", "--force-conflicts", "-f", "-"],
            input: Self.text(manifest.secret(order.member, token: token)))
        let answer = try await succeed(
            ["create", "-f", "-", "-o", "name"], input: Self.text(manifest.job(order)))
        let name = answer.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: "/").last.map(String.init)
        guard let name, !name.isEmpty else {
            throw EngineError("kubectl create", "“\(answer.prefix(80))” names no job")
        }
        return name
    }

    package func survey(_ jobs: [JobID]) async throws -> JobSurvey {
        let answer = try await succeed(["get", "jobs", "-l", selector, "-o", "json"])
        var states = try KubernetesAnswer.states(in: answer)
        for job in jobs {
            guard case .ended(let end) = states[job], end != .completed else { continue }
            let logs = try? await kubectl(["logs", "job/\(job)", "--tail=1"])
            let words = logs?.status == 0 ? logs?.lastLine : nil
            states[job] = .ended(end.saying(words))
        }
        return JobSurvey(states.filter { jobs.contains($0.key) })
    }

    package func cancel(_ jobs: [JobID]) async throws {
        _ = try await succeed(["delete", "jobs", "--wait=false", "--ignore-not-found"] + jobs)
    }

    package func release() async {
        _ = try? await kubectl(["delete", "jobs,secrets", "-l", selector, "--wait=false", "--ignore-not-found"])
    }

    package func shown(_ order: WorkerOrder) -> String {
        let command = ShellQuoting.quoted(["kubectl"] + arguments(["create", "-f", "-"]))
        return "\(command) <<'END'\n\(Self.text(manifest.secret(order.member, token: nil)))\n---\n"
            + "\(Self.text(manifest.job(order)))\nEND\n"
    }

    private var selector: String { "probesweep/launch=\(manifest.label)" }

    private func arguments(_ words: [String]) -> [String] {
        options + ["--namespace", manifest.settings.namespace] + words
    }

    private func kubectl(_ words: [String], input: String = "") async throws -> CommandRunner.Output {
        try await commands.run("kubectl", arguments(words), input: input)
    }

    private func succeed(_ words: [String], input: String = "") async throws -> String {
        try await commands.succeed("kubectl", arguments(words), input: input)
    }

    private static func text(_ value: JSONValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // A tree of texts, numbers and flags can always be encoded.
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

extension JobEnd {
    /// The same, with a worker's last words.
    func saying(_ words: String?) -> JobEnd {
        switch self {
        case .completed: .completed
        case .failed(let status, _): .failed(status: status, lastWords: words)
        case .interrupted(let reason, _): .interrupted(reason, lastWords: words)
        }
    }
}
