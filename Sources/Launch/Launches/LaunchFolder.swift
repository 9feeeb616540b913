package import Foundation
import Transport

/// The folder of a launch, `STATE/launches/NAME`: what it was asked for, what it started, what it says, how it ended. Only
/// the process that holds the lock writes there, except for the settings, which are written before it starts.
package struct LaunchFolder: Sendable {
    package let url: URL

    package init(state: String, name: String) {
        url = URL(filePath: state).appending(path: "launches").appending(path: LaunchSettings.plain(name))
    }

    package init(url: URL) { self.url = url }

    /// Those of a state folder, by name.
    package static func all(in state: String) -> [LaunchFolder] {
        let place = URL(filePath: state).appending(path: "launches")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
        return names.sorted().map { LaunchFolder(url: place.appending(path: $0)) }
            .filter { FileManager.default.fileExists(atPath: $0.file("settings.json").path) }
    }

    package var name: String { url.lastPathComponent }
    /// What tells a launch that this user begins here, on this machine, from others of its name.
    package var identity: String {
        LaunchSettings.identity(
            folder: url.standardizedFileURL.path, host: ProcessInfo.processInfo.hostName, user: getuid())
    }
    /// What it says to people.
    package var log: URL { file("log") }
    /// What its process says to standard error.
    package var errors: URL { file("supervisor.log") }

    /// Where workers on this machine keep results and checkpoints.
    var workerCache: URL { file("workers") }
    func logFile(of member: String) -> String { file("workers/\(member).log").path }
    private func file(_ name: String) -> URL { url.appending(path: name) }

    package func settings() throws -> LaunchSettings { try read(LaunchSettings.self, "settings.json") }

    /// Runs the body while no other command begins this launch.
    package func whileBeginning<Value>(_ body: () throws -> Value) throws -> Value {
        try PrivateFolder.create(url.path)
        return try FileLock.hold(file("begin.lock").path, body)
    }

    /// Makes the folder for a new launch, or for a former one that begins again.
    package func begin(_ settings: LaunchSettings) throws {
        try PrivateFolder.create(workerCache.path)
        // Workers of jobs that are left look for the coordinator where it was.
        let former = try? self.settings()
        let staysThere = hasJobs && former?.listen == settings.listen
        // For another specification, or another word on its kernel, it is decided anew.
        let isPinnedAlike = former?.specification == settings.specification && former?.kernel == settings.kernel
        let stale = (staysThere ? [] : ["endpoint"]) + (isPinnedAlike ? [] : ["kernel"])
        for name in ["outcome.json", "standing.json", "log"] + stale {
            try? FileManager.default.removeItem(at: file(name))
        }
        try write(settings, "settings.json")
    }

    /// The jobs that it has started and not seen end.
    var jobs: LivingJobs { (try? read(LivingJobs.self, "jobs.json")) ?? LivingJobs() }
    /// Whether it has started jobs that it has not seen end.
    package var hasJobs: Bool { !jobs.isEmpty }
    /// Their names with the engine.
    package var jobNames: [JobID] { (Array(jobs.ofMembers.values) + jobs.stray).sorted() }
    func save(_ jobs: LivingJobs) throws { try write(jobs, "jobs.json") }

    /// How it stands, as its process last wrote; nil before it has begun.
    package var standing: LaunchStanding? { try? read(LaunchStanding.self, "standing.json") }
    func save(_ standing: LaunchStanding) throws { try write(standing, "standing.json") }

    /// How it ended; nil while it has not.
    package var outcome: LaunchOutcome? { try? read(LaunchOutcome.self, "outcome.json") }
    func save(_ outcome: LaunchOutcome) throws { try write(outcome, "outcome.json") }

    /// Where its coordinator listened, so that a new process of the launch listens there again.
    var formerEndpoint: String? { try? String(contentsOf: file("endpoint"), encoding: .utf8) }
    func save(endpoint: String) throws { try PrivateFile.replace(file("endpoint").path, text: endpoint) }

    /// The kernel path that its sweep is pinned to.
    var pinned: String? { try? String(contentsOf: file("kernel"), encoding: .utf8) }
    func save(pinned: String) throws { try PrivateFile.replace(file("kernel").path, text: pinned) }

    private func read<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        try JSONDecoder().decode(type, from: try Data(contentsOf: file(name)))
    }

    private func write(_ value: some Encodable, _ name: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try PrivateFile.replace(
            file(name).path, text: String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
    }
}

extension LaunchFolder {
    /// The number of the process that runs this launch; nil if none does. It is the kernel's answer, and asking takes nothing
    /// from a process that is about to take the lock.
    package var supervisor: Int32? {
        let descriptor = open(file("lock").path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var lock = Self.wholeFile
        guard fcntl(descriptor, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return nil }
        return lock.l_pid
    }

    /// Makes this process the one that runs the launch, until it closes the lock or ends. The process must not look at
    /// ``supervisor`` meanwhile: closing any descriptor of the file gives the lock away.
    ///
    /// - Returns: the lock's descriptor; nil if another process holds it.
    func lock() throws -> Int32? {
        let path = file("lock").path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw TransportError.unwritable(path: path, reason: String(cString: strerror(errno)))
        }
        var lock = Self.wholeFile
        guard fcntl(descriptor, F_SETLK, &lock) == 0 else {
            let code = errno
            close(descriptor)
            guard code == EAGAIN || code == EACCES else {
                throw TransportError.unwritable(path: path, reason: String(cString: strerror(code)))
            }
            return nil
        }
        return descriptor
    }

    private static var wholeFile: flock {
        flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
    }
}
