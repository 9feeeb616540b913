import Identities
import Numerics
import Probes
import Sweeps
import Testing
import Units

@testable import Training

/// The rule that makes passes sound: a unit's result is a function of its key alone.
@Suite("A unit's result is bitwise the same", .serialized)
struct BitwiseTests {
    private let set: SyntheticSet
    private let units: [ProbeUnit]
    private let together: [UnitKey: TrainedUnit]

    init() throws {
        set = try SyntheticSet()
        units = try UnitsUnderTest.variety() + UnitsUnderTest.kinds()
        together = try set.train(units).compactMapValues(\.trained)
        #expect(together.count == units.count)
    }

    /// Every logit, score, choice and metric, bit by bit.
    private func expectSame(
        _ outcomes: [UnitKey: TrainingOutcome], as references: [UnitKey: TrainedUnit]? = nil, _ comment: Comment
    ) {
        for (key, outcome) in outcomes {
            guard let trained = outcome.trained, let reference = (references ?? together)[key] else {
                Issue.record("\(key) was not trained, \(comment)")
                continue
            }
            #expect(
                trained.predictions.scores.map(\.bitPattern) == reference.predictions.scores.map(\.bitPattern), comment)
            #expect(trained.head == reference.head, comment)
            #expect(trained.result.candidateScores == reference.result.candidateScores, comment)
            #expect(trained.result.choice == reference.result.choice, comment)
            #expect(trained.result.metrics == reference.result.metrics, comment)
            #expect(trained.result.trainingMACs == reference.result.trainingMACs, comment)
        }
    }

    @Test("alone")
    func alone() throws {
        for unit in units { expectSame(try set.train([unit]), "alone") }
    }

    @Test("in pairs")
    func pairs() throws {
        for index in units.indices {
            expectSame(try set.train([units[index], units[(index * 5 + 7) % units.count]]), "in pairs")
        }
    }

    @Test("in another order", arguments: [1, 2, 3])
    func order(_ seed: UInt64) throws {
        let order = CounterGenerator(key: seed, stream: 0).permutation(units.count)
        expectSame(try set.train(order.map { units[$0] }), "in another order")
    }

    @Test("on several threads", arguments: [2, 3])
    func threads(_ count: Int) throws {
        expectSame(try set.train(units, threads: count), "on \(count) threads")
    }

    @Test("in little memory, down to the smallest budget, which the error names", arguments: [1, 2])
    func memory(_ threads: Int) throws {
        let budgets = try smallestBudgets(units, threads: threads)
        let smallest = try #require(budgets.values.max())
        for bytes in [smallest, smallest + smallest / 10, 2 * smallest] {
            expectSame(try set.train(units, threads: threads, memory: bytes), "in \(bytes) bytes")
        }
        let less = try set.train(units, threads: threads, memory: smallest - 1)
        let refused = less.filter { $0.value.error != nil }
        #expect(Set(refused.keys) == Set(budgets.filter { $0.value == smallest }.keys))
        #expect(refused.values.allSatisfy { $0.error?.field == "memory" })
    }

    /// The budget in which each unit can be trained, which a refusal names.
    private func smallestBudgets(_ units: [ProbeUnit], threads: Int) throws -> [UnitKey: Int] {
        let budgets = try set.train(units, threads: threads, memory: 1).compactMapValues { $0.error?.smallestBudget }
        #expect(budgets.count == units.count)
        return budgets
    }

    /// The budget in which all units can be trained.
    private func smallestBudget(_ units: [ProbeUnit], threads: Int) throws -> Int {
        try #require(smallestBudgets(units, threads: threads).values.max())
    }

    @Test("on every kernel path", arguments: KernelPath.available)
    func paths(_ path: KernelPath) throws {
        let reference = try set.train(units, kernel: path).compactMapValues(\.trained)
        #expect(reference.count == units.count)
        for start in 0..<3 {
            let part = stride(from: start, to: units.count, by: 3).map { units[$0] }
            let outcomes = try set.train(
                part, threads: 1 + start, memory: smallestBudget(part, threads: 1 + start), kernel: path)
            #expect(outcomes.count == part.count)
            expectSame(outcomes, as: reference, "on path \(path)")
        }
    }

    @Test("while others are cancelled")
    func cancellation() throws {
        let unwanted = Set(units.enumerated().filter { $0.offset % 3 == 0 }.map(\.element.key))
        let outcomes = try set.train(units) { unwanted.contains($0) }
        #expect(Set(outcomes.keys) == Set(units.map(\.key)).subtracting(unwanted))
        expectSame(outcomes, "while others are cancelled")
    }
}
