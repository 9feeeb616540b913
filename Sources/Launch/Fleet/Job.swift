/// The name that an engine has for one start of a worker: a Slurm job's number, a process's.
package typealias JobID = String

/// How a job stands with its engine.
package enum JobState: Sendable, Equatable, Codable {
    case queued, running
    case ended(JobEnd)

    /// Whether the engine still has something to end.
    var isAlive: Bool { if case .ended = self { false } else { true } }
}

/// What an engine says of jobs.
package struct JobSurvey: Sendable, Equatable {
    package var states: [JobID: JobState]
    /// Why some of them wait, in the engine's words; nil if none does, or the engine does not say.
    package var waiting: String?

    package init(_ states: [JobID: JobState], waiting: String? = nil) {
        self.states = states
        self.waiting = waiting
    }
}

/// The jobs that a launch has started and not seen end.
struct LivingJobs: Codable, Sendable, Equatable {
    /// Those of the fleet, by member.
    var ofMembers: [String: JobID] = [:]
    /// Those of no member any more. They are to end, and the engine has not taken that yet.
    var stray: Set<JobID> = []

    var isEmpty: Bool { ofMembers.isEmpty && stray.isEmpty }

    /// The same for a fleet that has other members.
    func owned(by members: some Sequence<String>) -> LivingJobs {
        let names = Set(members)
        let own = ofMembers.filter { names.contains($0.key) }
        return LivingJobs(ofMembers: own, stray: stray.union(ofMembers.values).subtracting(own.values))
    }
}

/// How a job ended.
package enum JobEnd: Sendable, Equatable, Codable {
    /// With status 0: it was told to leave, had nothing to do, or handed back what it had before its time was up.
    case completed
    /// With another status: the worker says that it cannot work.
    case failed(status: Int32, lastWords: String?)
    /// From outside: a signal, a time limit, a lost node, somebody's cancellation.
    case interrupted(String, lastWords: String?)

    /// `exited with status 2: probesweep: …`
    package var description: String {
        let (story, lastWords): (String, String?) =
            switch self {
            case .completed: ("ended", nil)
            case .failed(let status, let words): ("exited with status \(status)", words)
            case .interrupted(let reason, let words): ("was ended (\(reason))", words)
            }
        return story + (lastWords.map { ": \($0)" } ?? "")
    }
}
