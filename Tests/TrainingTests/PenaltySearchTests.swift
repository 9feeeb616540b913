import Testing
import Units

@testable import Training

@Suite("The search among penalties")
struct PenaltySearchTests {
    private typealias Search = PenaltySearch<Double>

    /// Searches where a penalty loses `loss` of its place on two rows, and the metric is accuracy.
    private func search(
        _ penalties: [Double], strongest: TrainingDiagnostics.Edge = .lowest, extensions: Int = 3,
        canChoose: Bool = true, by criterion: TrainingDiagnostics.Criterion = .loss,
        score: (Double) -> Double = { _ in 0.5 }, losses: (Double) -> [Float]?
    ) throws -> Search {
        let rules = Search.Rules(
            strongest: strongest, extensions: extensions, metric: "top1", canChoose: canChoose, criterion: criterion)
        let found = try Search(penalties, rules) { penalties in
            penalties.map {
                Search.Trial(
                    penalty: $0, loss: CandidateLoss(rowLosses: losses($0)), score: score($0), isCutOff: false,
                    solution: $0)
            }
        }
        return try #require(found)
    }

    @Test("The smallest loss is chosen, whatever the metric says")
    func byLoss() throws {
        let found = try search([1, 10, 100], score: { $0 }, losses: { $0 == 10 ? [1, 1] : [2, 2] })
        #expect(found.best.penalty == 10 && found.chosenBy == .loss && found.edge == nil && found.extensions == 0)
    }

    @Test("Of equal losses the strongest penalty is chosen, which is the smallest C and the greatest α")
    func ties() throws {
        #expect(try search([1, 10, 100], strongest: .lowest, losses: { _ in [1, 2] }).best.penalty == 1)
        #expect(try search([1, 10, 100], strongest: .highest, losses: { _ in [1, 2] }).best.penalty == 100)
    }

    @Test("The grid is extended as long as its edge is better beyond chance, and by no more than was asked")
    func extended() throws {
        let falling = { (penalty: Double) -> [Float]? in [Float(-penalty), Float(-penalty)] }
        let found = try search([1, 10], losses: falling)
        #expect(found.trials.map(\.penalty) == [1, 10, 100, 1000, 10000])
        #expect(found.best.penalty == 10000 && found.edge == .highest && found.extensions == 3)
        #expect(try search([1, 10], extensions: 0, losses: falling).trials.count == 2)
        let below = try search([1, 10], extensions: 2, losses: { [Float($0), Float($0)] })
        #expect(zip(below.trials, [1, 10, 0.1, 0.01]).allSatisfy { abs($0.penalty - $1) <= 1e-12 })
        #expect(below.edge == .lowest)
    }

    @Test("An extension that is no better leaves the old edge within the grid")
    func overshoot() throws {
        let found = try search([1, 10], losses: { $0 == 10 ? [0, 0] : [1, 1] })
        #expect(found.trials.map(\.penalty) == [1, 10, 100])
        #expect(found.best.penalty == 10 && found.edge == nil)
    }

    @Test("An edge that is better within chance is not extended")
    func chance() throws {
        let found = try search([1, 10], losses: { $0 == 10 ? [1, 1] : [0, 3] })
        #expect(found.trials.count == 2 && found.best.penalty == 10 && found.edge == .highest)
    }

    @Test("The metric chooses where it is asked for, or where no loss is a number, and the loss where it has no value")
    func criteria() throws {
        let byMetric = try search([1, 10, 100], by: .metric, score: { $0 == 10 ? 1 : 0 }, losses: { [Float($0), 0] })
        #expect(byMetric.best.penalty == 10 && byMetric.chosenBy == .metric)
        let diverged = try search([1, 10, 100], score: { $0 == 100 ? 1 : 0 }, losses: { _ in nil })
        #expect(diverged.best.penalty == 100 && diverged.chosenBy == .metric)
        let undefined = try search(
            [1, 10, 100], by: .metric, score: { _ in Scoring.worst("top1") }, losses: { $0 == 10 ? [0, 0] : [1, 1] })
        #expect(undefined.best.penalty == 10 && undefined.chosenBy == .loss)
    }

    @Test("One penalty, and no rows to choose by, leave nothing to choose")
    func nothing() throws {
        let single = try search([7], losses: { _ in [1, 1] })
        #expect(single.chosenBy == nil && single.edge == nil && single.best.penalty == 7)
        let blind = try search([7], canChoose: false, losses: { _ in nil })
        #expect(blind.chosenBy == nil && blind.scores.isEmpty)
    }
}
