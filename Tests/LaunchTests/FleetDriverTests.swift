import Scheduling
import Synchronization
import Testing

@testable import Launch

@Suite("What a fleet orders, performed")
struct FleetDriverTests {
    /// An engine whose jobs run until they are cancelled, and that refuses at first what it is asked for.
    private final class Stubborn: Engine {
        private struct State {
            var living: Set<JobID> = []
            var started = 0
            var refusals: Int
            var refusedStarts: Int
            var refusedPreparations: Int
            var isAnswering = true
        }

        private let state: Mutex<State>

        init(refusals: Int, refusedStarts: Int = 0, refusedPreparations: Int = 0) {
            state = Mutex(
                State(refusals: refusals, refusedStarts: refusedStarts, refusedPreparations: refusedPreparations))
        }

        var living: Set<JobID> { state.withLock(\.living) }
        /// Starts that were asked for.
        var started: Int { state.withLock(\.started) }
        func add(_ jobs: Set<JobID>) { state.withLock { $0.living.formUnion(jobs) } }
        func setAnswering(_ isAnswering: Bool) { state.withLock { $0.isAnswering = isAnswering } }

        let pollInterval = 0.0
        func prepare(report: (String) -> Void) async throws {
            try state.withLock { state in
                guard state.refusedPreparations == 0 else {
                    state.refusedPreparations -= 1
                    throw EngineError("sinfo", "Socket timed out")
                }
            }
        }

        func shown(_ order: WorkerOrder) -> String { "" }

        func submit(_ order: WorkerOrder) async throws -> JobID {
            try state.withLock { state in
                state.started += 1
                if state.refusedStarts > 0 {
                    state.refusedStarts -= 1
                    throw EngineError("sbatch", "no such partition")
                }
                state.living.insert("\(state.started)")
                return "\(state.started)"
            }
        }

        func survey(_ jobs: [JobID]) async throws -> JobSurvey {
            try state.withLock { state in
                guard state.isAnswering else { throw EngineError("squeue", "Socket timed out") }
                return JobSurvey(
                    Dictionary(
                        uniqueKeysWithValues: jobs.map { job in
                            let isLiving = state.living.contains(job)
                            return (job, isLiving ? .running : .ended(.interrupted("CANCELLED", lastWords: nil)))
                        }))
            }
        }

        func cancel(_ jobs: [JobID]) async throws {
            try state.withLock { state in
                guard state.refusals == 0 else {
                    state.refusals -= 1
                    throw EngineError("scancel", "Socket timed out")
                }
                state.living.subtract(jobs)
            }
        }
    }

    private static func driver(
        _ engine: Stubborn, _ settings: FleetSettings, stray: Set<JobID> = [],
        record: @escaping (LivingJobs) -> Void = { _ in }
    ) -> FleetDriver {
        FleetDriver(
            Fleet(settings, at: Instant(seconds: 0)), engine: engine, stray: stray,
            order: { member in
                WorkerOrder(
                    member: member, endpoint: "tcp://h:1", credential: .keyFile("k"), log: "l", idleTimeout: nil,
                    options: [])
            }, record: record)
    }

    @Test("A cancellation that the engine does not take is tried again until the job has ended")
    func cancelledAgain() async {
        let engine = Stubborn(refusals: 3)
        var (driver, now) = (Self.driver(engine, .queued(["a", "b"], atLeast: 2)), 0.0)
        func step() async { now += 1; _ = await driver.step(nil, at: Instant(seconds: now)) { _ in } }
        await step()
        #expect(engine.living == ["1", "2"])
        await driver.stop { _ in }
        #expect(driver.silence?.contains("scancel") == true)
        for _ in 1...3 { await step() }
        #expect(engine.living.isEmpty)
        await step()
        #expect(driver.fleet.isEmpty)
    }

    @Test("A worker that does not join is ended even if the engine does not take that at once")
    func abandoned() async {
        let engine = Stubborn(refusals: 1)
        var driver = Self.driver(engine, .queued(["a"], atLeast: 1))
        let facts = Fleet.Facts(wanted: 1, joined: [:])
        for second in stride(from: 1.0, through: 221, by: 10) {
            _ = await driver.step(facts, at: Instant(seconds: second)) { _ in }
        }
        #expect(!engine.living.contains("1"))
    }

    @Test("An engine that cannot be asked changes nothing")
    func silent() async {
        let engine = Stubborn(refusals: 0)
        var driver = Self.driver(engine, .queued(["a"], atLeast: 1))
        _ = await driver.step(nil, at: Instant(seconds: 1)) { _ in }
        engine.setAnswering(false)
        for second in 2...50 { _ = await driver.step(nil, at: Instant(seconds: Double(second))) { _ in } }
        #expect(driver.silence == "squeue: Socket timed out")
        #expect(driver.fleet.jobs == ["a": "1"])
        #expect(engine.living == ["1"])
    }

    @Test("Jobs that are nobody's any more are cancelled, and are on record until the engine has taken it")
    func strays() async {
        let engine = Stubborn(refusals: 1)
        engine.add(["old"])
        var records: [LivingJobs] = []
        var driver = Self.driver(engine, .queued(["a"], atLeast: 0), stray: ["old"]) { records.append($0) }
        _ = await driver.step(nil, at: Instant(seconds: 1)) { _ in }
        #expect(records.last == LivingJobs(stray: ["old"]))
        #expect(!driver.isEmpty)
        _ = await driver.step(nil, at: Instant(seconds: 2)) { _ in }
        #expect(engine.living.isEmpty)
        #expect(driver.isEmpty)
        #expect(records.last == LivingJobs())
    }

    @Test("A launch that is ending starts nothing more, and what was not tried is no failure")
    func ending() async {
        let engine = Stubborn(refusals: 0)
        var driver = Self.driver(engine, .queued(["a", "b"], atLeast: 2))
        var notes: [Fleet.Note] = []
        _ = await driver.step(nil, at: Instant(seconds: 1), isEnding: { true }) { notes.append($0) }
        #expect(engine.living.isEmpty)
        #expect(notes.isEmpty)
        #expect(driver.isEmpty)
        _ = await driver.step(nil, at: Instant(seconds: 2)) { _ in }
        #expect(engine.living.count == 2)
    }

    @Test("An engine that refuses one start is not asked for the next ones at once, and the failure is known")
    func refused() async {
        let engine = Stubborn(refusals: 0, refusedStarts: 9)
        var driver = Self.driver(engine, .queued(["a", "b", "c"], atLeast: 3))
        _ = await driver.step(nil, at: Instant(seconds: 1)) { _ in }
        #expect(engine.started == 1)
        #expect(driver.fleet.lastFailure?.member == "a")
        #expect(driver.fleet.lastFailure?.fault == .refused("sbatch: no such partition"))
    }

    @Test("A job is on record before its start is answered by anything else")
    func recorded() async {
        let engine = Stubborn(refusals: 0)
        var records: [LivingJobs] = []
        var driver = Self.driver(engine, .queued(["a", "b"], atLeast: 2)) { records.append($0) }
        _ = await driver.step(nil, at: Instant(seconds: 1)) { _ in }
        #expect(records == [LivingJobs(ofMembers: ["a": "1"]), LivingJobs(ofMembers: ["a": "1", "b": "2"])])
    }

    @Test("An engine that cannot be prepared ends a launch that has nothing yet, and is tried again where jobs are")
    func preparation() async throws {
        let engine = Stubborn(refusals: 0, refusedPreparations: 2)
        var first = EnginePreparation(engine)
        await #expect(throws: EngineError.self) {
            try await first.proceed(hasJobs: false, at: Instant(seconds: 1)) { _ in }
        }
        var (second, said) = (EnginePreparation(engine), [String]())
        try await second.proceed(hasJobs: true, at: Instant(seconds: 1)) { said.append($0) }
        #expect(!second.isDone)
        #expect(second.problem == "sinfo: Socket timed out")
        try await second.proceed(hasJobs: true, at: Instant(seconds: 2)) { said.append($0) }
        #expect(!second.isDone, "it is not asked all the time")
        try await second.proceed(hasJobs: true, at: Instant(seconds: 60)) { said.append($0) }
        #expect(second.isDone)
        #expect(second.problem == nil)
        #expect(said.count == 1)
    }
}
