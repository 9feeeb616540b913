import Scheduling
import Synchronization
import Testing

@testable import Launch

@Suite("What a fleet orders, performed")
struct FleetDriverTests {
    /// An engine whose jobs run until they are cancelled, and that fails to cancel at first.
    private final class Stubborn: Engine {
        private struct State {
            var living: Set<JobID> = []
            var started = 0
            var refusals: Int
            var isAnswering = true
        }

        private let state: Mutex<State>

        init(refusals: Int) { state = Mutex(State(refusals: refusals)) }

        var living: Set<JobID> { state.withLock(\.living) }
        func setAnswering(_ isAnswering: Bool) { state.withLock { $0.isAnswering = isAnswering } }

        let pollInterval = 0.0
        func prepare(report: (String) -> Void) async throws {}
        func shown(_ order: WorkerOrder) -> String { "" }

        func submit(_ order: WorkerOrder) async throws -> JobID {
            state.withLock { state in
                state.started += 1
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

    private static func driver(_ engine: Stubborn, _ settings: FleetSettings, at now: Instant) -> FleetDriver {
        FleetDriver(Fleet(settings, at: now), engine: engine) { member in
            WorkerOrder(
                member: member, endpoint: "tcp://h:1", credential: .keyFile("k"), log: "l", idleTimeout: nil,
                options: [])
        }
    }

    @Test("A cancellation that the engine does not take is tried again until the job has ended")
    func cancelledAgain() async {
        let engine = Stubborn(refusals: 3)
        var (driver, now) = (Self.driver(engine, .queued(["a", "b"], atLeast: 2), at: Instant(seconds: 0)), 0.0)
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
        var driver = Self.driver(engine, .queued(["a"], atLeast: 1), at: Instant(seconds: 0))
        let facts = Fleet.Facts(wanted: 1, joined: [:])
        for second in stride(from: 1.0, through: 221, by: 10) {
            _ = await driver.step(facts, at: Instant(seconds: second)) { _ in }
        }
        #expect(!engine.living.contains("1"))
    }

    @Test("An engine that cannot be asked changes nothing")
    func silent() async {
        let engine = Stubborn(refusals: 0)
        var driver = Self.driver(engine, .queued(["a"], atLeast: 1), at: Instant(seconds: 0))
        _ = await driver.step(nil, at: Instant(seconds: 1)) { _ in }
        engine.setAnswering(false)
        for second in 2...50 { _ = await driver.step(nil, at: Instant(seconds: Double(second))) { _ in } }
        #expect(driver.silence == "squeue: Socket timed out")
        #expect(driver.fleet.jobs == ["a": "1"])
        #expect(engine.living == ["1"])
    }
}
