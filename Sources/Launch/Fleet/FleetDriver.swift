import Cluster
import Scheduling

/// Performs what a ``Fleet`` orders, and tells it what became of it.
struct FleetDriver {
    private(set) var fleet: Fleet
    private let engine: any Engine
    private let order: (String) throws -> WorkerOrder
    /// Called whenever jobs may have come or gone, before anything else is done.
    private let record: (LivingJobs) -> Void
    private var lastPoll: Instant?
    /// Why the engine could not be asked the last time; nil if it could.
    private(set) var silence: String?
    /// Why jobs wait, as the engine says.
    private(set) var waiting: String?
    /// Jobs that are to end and are no member's: the engine has not taken their cancellation yet.
    private var uncancelled: Set<JobID>

    /// - Parameters:
    ///   - stray: jobs of an earlier process of the launch that are no member's any more, and are cancelled.
    ///   - order: what the worker of a name is started with.
    ///   - record: takes the jobs that have not ended.
    init(
        _ fleet: Fleet, engine: any Engine, stray: Set<JobID> = [],
        order: @escaping (String) throws -> WorkerOrder, record: @escaping (LivingJobs) -> Void = { _ in }
    ) {
        self.fleet = fleet
        self.engine = engine
        self.order = order
        self.record = record
        uncancelled = stray
    }

    /// The jobs that have not ended.
    var jobs: LivingJobs { LivingJobs(ofMembers: fleet.jobs, stray: uncancelled.subtracting(fleet.jobs.values)) }

    /// Whether nothing that was started is left.
    var isEmpty: Bool { fleet.isEmpty && uncancelled.isEmpty }

    /// Looks at jobs and coordinator, and does what follows.
    ///
    /// - Parameters:
    ///   - facts: what the coordinator says; nil if it does not answer.
    ///   - isEnding: whether no further start is to be tried; a start may take a minute.
    ///   - report: takes what people should know.
    /// - Returns: why no worker can be had; nil while one can.
    mutating func step(
        _ facts: Fleet.Facts?, at now: Instant, isEnding: () -> Bool = { false }, report: (Fleet.Note) -> Void
    ) async -> Fleet.Failure? {
        var directives: [Fleet.Directive] = []
        // First: of jobs of an earlier process it is not known yet which run.
        if lastPoll.map({ now.seconds(since: $0) >= engine.pollInterval }) ?? true {
            lastPoll = now
            directives += await poll(at: now)
        }
        directives += fleet.handle(facts.map(Fleet.Event.facts) ?? .silent, at: now)
        directives += fleet.handle(.tick, at: now)
        return await perform(directives, isEnding, report)
    }

    /// Cancels everything.
    mutating func stop(report: (Fleet.Note) -> Void) async {
        _ = await perform(fleet.handle(.stop, at: .now), { true }, report)
    }

    private mutating func poll(at now: Instant) async -> [Fleet.Directive] {
        let asked = Set(fleet.jobs.values).union(uncancelled)
        guard !asked.isEmpty else { return [] }
        do {
            let survey = try await engine.survey(Array(asked))
            (silence, waiting) = (nil, survey.waiting)
            uncancelled = uncancelled.filter { survey.states[$0]?.isAlive == true }
            await cancel(Array(uncancelled))
            let directives = fleet.handle(.jobs(survey.states), at: now)
            record(jobs)
            return directives
        } catch {
            silence = "\(error)"
            return []
        }
    }

    private mutating func perform(
        _ directives: [Fleet.Directive], _ isEnding: () -> Bool, _ report: (Fleet.Note) -> Void
    ) async -> Fleet.Failure? {
        var (queue, failure, isRefused) = (directives[...], Fleet.Failure?.none, false)
        while let directive = queue.popFirst() {
            switch directive {
            case .submit(let member):
                let event: Fleet.Event = isRefused || isEnding() ? .withdrawn(member: member) : await start(member)
                // A queue that refuses one start refuses the next, and may take a minute to say so.
                if case .refused = event { isRefused = fleet.settings.failing == .slowsFleet }
                queue += fleet.handle(event, at: .now)
                record(jobs)
            case .cancel(let jobs): await cancel(jobs)
            case .report(let note): report(note)
            case .giveUp(let reason): failure = reason
            }
        }
        return failure
    }

    private func start(_ member: String) async -> Fleet.Event {
        do {
            return .submitted(member: member, job: try await engine.submit(try order(member)))
        } catch {
            return .refused(member: member, reason: "\(error)")
        }
    }

    /// What the engine does not take is tried again after every look, as long as the job lives.
    private mutating func cancel(_ ended: [JobID]) async {
        guard !ended.isEmpty else { return }
        // Recorded first: this process may not live to see whether the engine takes it.
        uncancelled.formUnion(ended)
        record(jobs)
        do {
            try await engine.cancel(ended)
            uncancelled.subtract(ended)
            record(jobs)
        } catch {
            silence = "\(error)"
        }
    }
}
