import Scheduling

@testable import Launch

/// An engine and a coordinator in virtual time: jobs wait, run, join, and end as a script has it.
struct SimulatedEngine {
    /// What becomes of a job that is taken.
    struct Fate {
        /// Seconds in the queue.
        var wait = 0.0
        /// Seconds from its start until it joins; nil for never.
        var joining: Double? = 2
        /// Seconds that it runs; nil for as long as it is let.
        var life: Double?
        var end = JobEnd.completed
    }

    private struct Job {
        let member: String
        let fate: Fate
        let submitted: Double
        var cancelled: Double?

        var started: Double { submitted + fate.wait }
        var ended: Double? {
            let own = fate.life.map { started + $0 }
            return [own, cancelled].compactMap { $0 }.min()
        }
    }

    private(set) var fleet: Fleet
    private(set) var now = 0.0
    private var jobs: [JobID: Job] = [:]
    private(set) var submissions = 0
    private(set) var cancellations = 0
    private(set) var mostOutstanding = 0
    private(set) var notes: [Fleet.Note] = []
    private(set) var failure: Fleet.Failure?
    /// Workers that the coordinator says are wanted, as time goes on.
    var wanted: (Double) -> Int
    /// What becomes of the n-th submission, from 0; nil if the engine refuses it.
    var fate: (Int, String) -> Fate?
    /// Whether the engine answers.
    var isAnswering: (Double) -> Bool = { _ in true }

    init(_ settings: FleetSettings, wanted: @escaping (Double) -> Int, fate: @escaping (Int, String) -> Fate?) {
        fleet = Fleet(settings, at: Instant(seconds: 0))
        self.wanted = wanted
        self.fate = fate
    }

    /// Jobs that have not ended, as the engine sees it.
    var living: Int { jobs.values.count { ($0.ended ?? .infinity) > now } }

    mutating func run(until end: Double, step: Double = 1) {
        while now < end {
            perform(fleet.handle(.facts(Fleet.Facts(wanted: wanted(now), joined: joined)), at: instant))
            if isAnswering(now) {
                let told = states
                perform(fleet.handle(.jobs(told), at: instant))
                for case (let id, .ended) in told { jobs[id] = nil }
            }
            perform(fleet.handle(.tick, at: instant))
            mostOutstanding = max(mostOutstanding, living)
            now += step
        }
    }

    mutating func stop() { perform(fleet.handle(.stop, at: instant)) }

    private var instant: Instant { Instant(seconds: now) }

    private var states: [JobID: JobState] {
        jobs.mapValues { job in
            if let ended = job.ended, ended <= now {
                return .ended(job.cancelled == ended ? .interrupted("cancelled", lastWords: nil) : job.fate.end)
            }
            return job.started <= now ? .running : .queued
        }
    }

    private var joined: [String: Set<String>] {
        var joined: [String: Set<String>] = [:]
        for (id, job) in jobs {
            guard let joining = job.fate.joining, job.started + joining <= now, (job.ended ?? .infinity) > now else {
                continue
            }
            joined[job.member, default: []].insert(id)
        }
        return joined
    }

    private mutating func perform(_ directives: [Fleet.Directive]) {
        var queue = directives[...]
        while let directive = queue.popFirst() {
            switch directive {
            case .submit(let member): queue += submit(member)
            case .cancel(let ids):
                for id in ids where (jobs[id]?.ended ?? .infinity) > now {
                    jobs[id]?.cancelled = now
                    cancellations += 1
                }
            case .report(let note): notes.append(note)
            case .giveUp(let reason): failure = reason
            }
        }
    }

    private mutating func submit(_ member: String) -> [Fleet.Directive] {
        defer { submissions += 1 }
        guard let fate = fate(submissions, member) else {
            return fleet.handle(.refused(member: member, reason: "the queue is full"), at: instant)
        }
        let id = "\(submissions)"
        jobs[id] = Job(member: member, fate: fate, submitted: now)
        return fleet.handle(.submitted(member: member, job: id), at: instant)
    }
}
