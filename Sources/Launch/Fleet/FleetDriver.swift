import Cluster
import Scheduling

/// Performs what a ``Fleet`` orders, and tells it what became of it.
struct FleetDriver {
    private(set) var fleet: Fleet
    private let engine: any Engine
    private let order: (String) throws -> WorkerOrder
    private var lastPoll: Instant?
    /// Why the engine could not be asked the last time; nil if it could.
    private(set) var silence: String?

    /// - Parameter order: what the worker of a name is started with.
    init(_ fleet: Fleet, engine: any Engine, order: @escaping (String) throws -> WorkerOrder) {
        self.fleet = fleet
        self.engine = engine
        self.order = order
    }

    /// Looks at jobs and coordinator, and does what follows.
    ///
    /// - Parameters:
    ///   - facts: what the coordinator says; nil if it does not answer.
    ///   - report: takes what people should know.
    /// - Returns: why no worker can be had; nil while one can.
    mutating func step(
        _ facts: Fleet.Facts?, at now: Instant, report: (Fleet.Note) -> Void
    ) async -> Fleet.Failure? {
        var directives: [Fleet.Directive] = []
        if let facts { directives += fleet.handle(.facts(facts), at: now) }
        if lastPoll.map({ now.seconds(since: $0) >= engine.pollInterval }) ?? true {
            lastPoll = now
            directives += await poll(at: now)
        }
        directives += fleet.handle(.tick, at: now)
        return await perform(directives, report)
    }

    /// Cancels everything.
    mutating func stop(report: (Fleet.Note) -> Void) async {
        _ = await perform(fleet.handle(.stop, at: .now), report)
    }

    private mutating func poll(at now: Instant) async -> [Fleet.Directive] {
        let jobs = Array(fleet.jobs.values)
        guard !jobs.isEmpty else { return [] }
        do {
            let states = try await engine.states(of: jobs)
            silence = nil
            return fleet.handle(.jobs(states), at: now)
        } catch {
            silence = "\(error)"
            return []
        }
    }

    private mutating func perform(_ directives: [Fleet.Directive], _ report: (Fleet.Note) -> Void) async -> Fleet
        .Failure?
    {
        var (queue, failure) = (directives[...], Fleet.Failure?.none)
        while let directive = queue.popFirst() {
            switch directive {
            case .submit(let member): queue += fleet.handle(await start(member), at: .now)
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

    /// A job that could not be cancelled is seen at the next look, and stays in the record.
    private mutating func cancel(_ jobs: [JobID]) async {
        do { try await engine.cancel(jobs) } catch { silence = "\(error)" }
    }
}
