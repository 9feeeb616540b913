import Identities
import Numerics
import Probes
import Sweeps
import Synchronization
import Testing
import Units

@testable import Training

@Suite("Resuming from checkpoints", .serialized)
struct CheckpointTests {
    private let set: SyntheticSet
    private let units: [ProbeUnit]
    private let undisturbed: [UnitKey: TrainedUnit]

    init() throws {
        set = try SyntheticSet()
        units = try [
            UnitsUnderTest.unit("linear", ["input": .text("class")]),
            UnitsUnderTest.unit("linear", ["input": .text("class+mean")], refit: true),
            UnitsUnderTest.unit("efficient", ["queries": .integer(3)], refit: true),
            UnitsUnderTest.unit("vit-block", ["heads": .integer(2)]),
            UnitsUnderTest.unit("efficient", ["queries": .integer(2)], fold: 1),
            UnitsUnderTest.unit("mlp", ["hidden": .list([.integer(16)])], task: "even", refit: true),
        ]
        undisturbed = try set.train(units).compactMapValues(\.trained)
        #expect(undisturbed.count == units.count)
    }

    private func expectSame(_ outcomes: [UnitKey: TrainingOutcome], _ comment: Comment) {
        for (key, reference) in undisturbed {
            guard let trained = outcomes[key]?.trained else {
                Issue.record("\(key) was not trained, \(comment)")
                continue
            }
            #expect(
                trained.predictions.scores.map(\.bitPattern) == reference.predictions.scores.map(\.bitPattern), comment)
            #expect(trained.head == reference.head, comment)
            #expect(trained.result.candidateScores == reference.result.candidateScores, comment)
            #expect(trained.result.choice == reference.result.choice, comment)
            #expect(trained.result.metrics == reference.result.metrics, comment)
        }
    }

    @Test(
        "A pass that is killed after any step ends with the same bits, and repeats at most the current epoch",
        arguments: [1, 2, 3, 5, 8, 13, 21, 34, 55, 60])
    func killed(_ steps: Int) throws {
        let shelf = Shelf()
        let asked = Atomic<Int>(0)
        // One task, so that the pass asks for every unit once a step.
        let units = units.filter { $0.task.name == "all" }
        let limit = steps * units.count
        _ = try set.train(units, checkpoints: shelf.store) { _ in
            asked.wrappingAdd(1, ordering: .relaxed).newValue > limit
        }
        let epochsDone = shelf.saves.values.max() ?? 0
        let outcomes = try set.train(units, checkpoints: shelf.store)
        for unit in units {
            let all = (unit.solver.settings as? GradientSettings)?.epochs ?? 0
            let refits = unit.solver.selection.refit ? Int(undisturbed[unit.key]?.result.choice["epoch"] ?? 0) : 0
            // Every epoch is kept when it ends, so that only the one that never ended is trained again.
            #expect(shelf.saves[unit.key] == all + refits)
        }
        if epochsDone > 0 { #expect(!shelf.resumed.isEmpty) }
        let rest = try set.train(self.units.filter { $0.task.name != "all" })
        expectSame(outcomes.merging(rest) { old, _ in old }, "killed after \(steps) steps")
    }

    @Test("Units resume in other passes, with other threads and memory, each from its own checkpoint")
    func cutDifferently() throws {
        let shelf = Shelf()
        for (count, epochs) in [(2, 3), (4, 6), (6, 4)] {
            // Some units get further than others.
            let all = Array(units.prefix(count))
            let reached = Mutex(0)
            _ = try set.train(all, checkpoints: shelf.store { reached.withLock { $0 += 1 } }) { _ in
                reached.withLock { $0 } >= epochs * count
            }
        }
        #expect(Set(shelf.saves.values).count > 1)
        let first = try set.train(
            [units[4], units[1], units[5]], threads: 2, memory: 24_000_000, checkpoints: shelf.store)
        let rest = try set.train([units[3], units[2], units[0]], threads: 3, checkpoints: shelf.store)
        #expect(!shelf.resumed.isEmpty)
        expectSame(first.merging(rest) { old, _ in old }, "cut differently")
    }

    @Test("A damaged or truncated checkpoint is not used", arguments: Damage.allCases)
    func refused(_ damage: Damage) throws {
        let (shelf, some) = try begun()
        switch damage {
        case .bit: shelf.change { $0[$0.count / 2] ^= 1 }
        case .length: shelf.change { $0.removeLast(100) }
        case .empty: shelf.change { $0 = [] }
        case .otherUnit:
            let kept = shelf.kept
            let keys = some.map(\.key)
            shelf.replace(
                by: [keys[0]: kept[keys[1]] ?? [], keys[1]: kept[keys[2]] ?? [], keys[2]: kept[keys[0]] ?? []])
        }
        let outcomes = try set.train(units, checkpoints: shelf.store)
        #expect(shelf.resumed.isEmpty)
        expectSame(outcomes, "\(damage)")
    }

    enum Damage: CaseIterable { case bit, length, empty, otherUnit }

    @Test(
        "A checkpoint of another kernel path or version is not used",
        .enabled(if: KernelPath.available.count > 1, "this machine has one kernel path"))
    func otherKernel() throws {
        let mine = try KernelPath.fromEnvironment()
        for other in KernelPath.available where other != mine {
            let (shelf, some) = try begun()
            _ = try set.train(some, kernel: other, checkpoints: shelf.store)
            #expect(shelf.resumed.isEmpty, "\(other)")
        }
    }

    /// Units that were broken off after three epochs, and their checkpoints.
    private func begun() throws -> (Shelf, [ProbeUnit]) {
        let shelf = Shelf()
        let reached = Mutex(0)
        let some = Array(units.prefix(3))
        _ = try set.train(some, checkpoints: shelf.store { reached.withLock { $0 += 1 } }) { _ in
            reached.withLock { $0 } >= 3 * some.count
        }
        #expect(shelf.kept.count == some.count)
        return (shelf, some)
    }

    @Test("Checkpoints take at most a twentieth of the time, and are no more frequent than requested")
    func pace() {
        var pace = CheckpointPace(interval: 2, start: 10)
        #expect(!pace.isDue(at: 11.9))
        #expect(pace.isDue(at: 12))
        pace.wrote(from: 12, to: 12.01)
        #expect(!pace.isDue(at: 14))
        #expect(pace.isDue(at: 14.02))
        pace.wrote(from: 20, to: 21)
        #expect(!pace.isDue(at: 39))
        #expect(pace.isDue(at: 40))
        var eager = CheckpointPace(interval: 0, start: 0)
        eager.wrote(from: 0, to: 5)
        #expect(eager.isDue(at: 5))
    }
}

/// Checkpoints in memory.
private final class Shelf: Sendable {
    private struct State {
        var kept: [UnitKey: [UInt8]] = [:]
        var saves: [UnitKey: Int] = [:]
        var resumed: [UnitKey: Int] = [:]
    }

    private let state = Mutex(State())

    var kept: [UnitKey: [UInt8]] { state.withLock { $0.kept } }
    /// How often each unit was kept.
    var saves: [UnitKey: Int] { state.withLock { $0.saves } }
    var resumed: [UnitKey: Int] { state.withLock { $0.resumed } }

    var store: CheckpointStore { store {} }

    func store(saved: @escaping @Sendable () -> Void) -> CheckpointStore {
        CheckpointStore(
            interval: 0, load: { [self] unit in state.withLock { $0.kept[unit] } },
            save: { [self] unit, bytes in
                state.withLock {
                    $0.kept[unit] = bytes
                    $0.saves[unit, default: 0] += 1
                }
                saved()
            },
            resumed: { [self] units in state.withLock { $0.resumed.merge(units) { _, new in new } } })
    }

    func change(_ damage: (inout [UInt8]) -> Void) {
        state.withLock { for unit in $0.kept.keys { damage(&$0.kept[unit]!) } }
    }

    func replace(by kept: [UnitKey: [UInt8]]) { state.withLock { $0.kept = kept } }
}
