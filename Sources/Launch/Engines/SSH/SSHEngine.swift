import Foundation
import Identities

/// Workers on machines that the user reaches with ssh, one worker a machine.
///
/// The user's configuration, known hosts and agent are used as they are; nothing asks for a password. Workers outlive the
/// connection that starts them.
package struct SSHEngine: Engine {
    let scripts: SSHScripts
    /// The host of each member.
    let hosts: [String: String]
    /// The user's options for `ssh`.
    let options: [String]
    private let commands = CommandRunner(timeout: 60)
    /// Bringing the program may take minutes over a slow line.
    private let transfer = CommandRunner(timeout: 900)

    package init(launch: String, bundle: ProgramBundle, hosts: [String: String], options: [String]) {
        scripts = SSHScripts(launch: launch, bundle: bundle)
        self.hosts = hosts
        self.options = options
    }

    package var pollInterval: Double { 5 }

    /// A machine that cannot be prepared is reported; starts there fail, and the others go on.
    package func prepare(report: (String) -> Void) async throws {
        var problems: [String] = []
        await withTaskGroup(of: Result<Void, any Error>.self) { group in
            for host in Set(hosts.values).sorted() {
                group.addTask { await Result { try await bring(to: host) } }
            }
            for await case .failure(let problem) in group { problems.append("\(problem)") }
        }
        for problem in problems.sorted() { report(problem) }
        if problems.count == Set(hosts.values).count {
            throw EngineError("ssh", "no host can be used: \(problems.sorted()[0])")
        }
    }

    package func submit(_ order: WorkerOrder) async throws -> JobID {
        let host = try host(of: order.member)
        let token = try order.credential.tokenText(for: order.member)
        let answer = SSHScripts.answer(in: try await succeed(host, scripts.start(order), input: token))
        guard let job = SSHJob(host: host, answer) else {
            throw EngineError("ssh \(host)", "“\(answer.prefix(80))” is not the number of a process")
        }
        return job.id
    }

    package func survey(_ jobs: [JobID]) async throws -> JobSurvey {
        await withTaskGroup(of: (JobID, JobState)?.self) { group in
            for id in jobs {
                group.addTask { await state(of: id).map { (id, $0) } }
            }
            var states: [JobID: JobState] = [:]
            for await case (let id, let state)? in group { states[id] = state }
            return JobSurvey(states)
        }
    }

    package func cancel(_ jobs: [JobID]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for job in jobs.compactMap(SSHJob.init) {
                group.addTask { _ = try await succeed(job.host, scripts.cancel(job)) }
            }
            try await group.waitForAll()
        }
    }

    package func release() async {
        await withTaskGroup(of: Void.self) { group in
            for host in Set(hosts.values) {
                group.addTask { _ = try? await succeed(host, scripts.release) }
            }
        }
    }

    package func shown(_ order: WorkerOrder) -> String {
        guard let host = hosts[order.member] else { return "" }
        return """
            # \(ShellQuoting.quoted(["ssh"] + connection(host))) sh -c SCRIPT <TOKEN, with this script:
            \(scripts.start(order))

            """
    }

    /// A host that does not answer leaves its worker where it was: the coordinator knows whether it works.
    private func state(of id: JobID) async -> JobState? {
        guard let job = SSHJob(id), let member = hosts.first(where: { $0.value == job.host })?.key else { return nil }
        guard let answer = try? await succeed(job.host, scripts.state(of: job, member: member)) else { return .running }
        return Self.state(in: answer)
    }

    static func state(in output: String) -> JobState {
        let words = SSHScripts.answer(in: output).split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.first == "ended" else { return .running }
        let lastWords = words.count > 2 ? words[2].trimmingCharacters(in: .whitespacesAndNewlines) : ""
        let said = lastWords.isEmpty ? nil : lastWords
        guard words.count > 1, let status = Int32(words[1]) else {
            return .ended(.interrupted("killed", lastWords: said))
        }
        if status == 0 { return .ended(.completed) }
        return .ended(
            status > 128
                ? .interrupted("signal \(status - 128)", lastWords: said) : .failed(status: status, lastWords: said))
    }

    /// Brings the program to a host that lacks it.
    private func bring(to host: String) async throws {
        let output = try await succeed(host, scripts.check, input: scripts.bundle.checksums)
        let words = SSHScripts.answer(in: output).split(separator: " ", maxSplits: 1)
        let own = try await commands.succeed("uname", ["-sm"]).trimmingCharacters(in: .whitespacesAndNewlines)
        guard words.count == 2, words[1] == own else {
            throw EngineError("ssh \(host)", "it is a machine of another kind (\(words.last ?? "?"), not \(own))")
        }
        if words[0] != "present" { try await install(on: host) }
        let trial = try await run(host, scripts.version)
        guard trial.status == 0 else {
            throw EngineError(
                "ssh \(host)",
                "the program does not start there: \(trial.lastLine). A package's program carries its libraries: "
                    + "docs/install.md")
        }
    }

    /// The archive flows from `tar` to `ssh`, so that no copy of it is made here.
    private func install(on host: String) async throws {
        let bundle = scripts.bundle
        let pipe = #"root=$1; files=$2; shift 2; tar -C "$root" -cf - -T "$files" | gzip -1 | exec ssh "$@""#
        let list = FileManager.default.temporaryDirectory.appending(path: "probesweep-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: list) }
        try Data((bundle.files.joined(separator: "\n") + "\n").utf8).write(to: list)
        let output = try await transfer.run(
            "sh", ["-c", pipe, "sh", bundle.root.path, list.path] + arguments(host, scripts.install))
        guard output.status == 0 else { throw EngineError("ssh \(host)", output.lastLine) }
    }

    private func host(of member: String) throws -> String {
        guard let host = hosts[member] else { throw EngineError("ssh", "no host is known for \(member)") }
        return host
    }

    private func run(_ host: String, _ script: String, input: String = "") async throws -> CommandRunner.Output {
        try await commands.run("ssh", arguments(host, script), input: input)
    }

    private func succeed(_ host: String, _ script: String, input: String = "") async throws -> String {
        let output = try await run(host, script, input: input)
        guard output.status == 0 else { throw EngineError("ssh \(host)", output.lastLine) }
        return output.standardOutput
    }

    private func arguments(_ host: String, _ script: String) -> [String] {
        connection(host) + [SSHScripts.command(script)]
    }

    private func connection(_ host: String) -> [String] {
        ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15"] + options + ["--", host]
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
