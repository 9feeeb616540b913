import Testing

@testable import Training

@Suite("The choice among candidates")
struct CandidateChoiceTests {
    private func losses(_ rows: [[Float]?]) -> [CandidateLoss] { rows.map { CandidateLoss(rowLosses: $0) } }

    @Test("The smallest mean loss wins")
    func smallest() {
        let candidates = losses([[1, 2, 3], [1, 1, 1], [0, 4, 4]])
        #expect(CandidateChoice.best(among: candidates, order: [0, 1, 2]) == 1)
    }

    @Test("Of equal losses the first in the order wins, whichever end that is")
    func ties() {
        let candidates = losses([[1, 3], [2, 2], [3, 1]])
        #expect(CandidateChoice.best(among: candidates, order: [0, 1, 2]) == 0)
        #expect(CandidateChoice.best(among: candidates, order: [2, 1, 0]) == 2)
    }

    @Test("A candidate that diverged is never chosen, and nothing is where all did")
    func diverged() {
        let candidates = losses([nil, [5, 5], [0, .nan], [.infinity, 0]])
        #expect(CandidateChoice.best(among: candidates, order: [0, 2, 3, 1]) == 1)
        #expect(CandidateChoice.best(among: losses([nil, [.nan]]), order: [0, 1]) == nil)
        #expect(CandidateChoice.best(among: losses([[], []]), order: [0, 1]) == nil)
    }

    @Test("An edge beats its neighbour by more than one standard error of the paired differences, or not at all")
    func edges() {
        // Differences 1, 2, 3: mean 2, standard error 1/√3.
        #expect(CandidateChoice.edgeBeatsNeighbour(edge: [1, 1, 1], neighbour: [2, 3, 4]))
        // Differences −1, 1: mean 0.
        #expect(!CandidateChoice.edgeBeatsNeighbour(edge: [1, 1], neighbour: [0, 2]))
        // Differences 0, 2: mean 1, standard error √2/√2 = 1, which is not exceeded.
        #expect(!CandidateChoice.edgeBeatsNeighbour(edge: [1, 1], neighbour: [1, 3]))
        #expect(CandidateChoice.edgeBeatsNeighbour(edge: [1, 1], neighbour: [2, 2]))
        #expect(!CandidateChoice.edgeBeatsNeighbour(edge: [1, 1], neighbour: [1, 1]))
        #expect(!CandidateChoice.edgeBeatsNeighbour(edge: [2, 3, 4], neighbour: [1, 1, 1]))
    }

    @Test("Neither one row nor none says that an edge is better")
    func fewRows() {
        #expect(!CandidateChoice.edgeBeatsNeighbour(edge: [1], neighbour: [9]))
        #expect(!CandidateChoice.edgeBeatsNeighbour(edge: [], neighbour: []))
    }

    @Test("The pairing counts, not the spread of losses among rows")
    func pairing() {
        let neighbour: [Float] = (0..<100).map { Float($0 % 10) }
        let edge = neighbour.map { $0 - 0.01 }
        #expect(CandidateChoice.edgeBeatsNeighbour(edge: edge, neighbour: neighbour))
    }

    @Test("A grid grows by its own last ratio beyond either edge")
    func extensions() {
        let falling = losses([[9, 9], [5, 5], [1, 1]])
        #expect(CandidateChoice.extended([0.1, 1, 10], losses: falling, chosen: 2) == 100)
        #expect(CandidateChoice.extended([1, 4, 8], losses: falling, chosen: 2) == 16)
        let rising = losses([[1, 1], [5, 5], [9, 9]])
        let below = CandidateChoice.extended([0.1, 1, 10], losses: rising, chosen: 0)
        #expect(below.map { abs($0 - 0.01) < 1e-12 } == true)
    }

    @Test(
        "A grid does not grow from its middle, from an edge within a standard error, beside a diverged neighbour, or from one value"
    )
    func noExtension() {
        let middle = losses([[9, 9], [1, 1], [5, 5]])
        #expect(CandidateChoice.extended([0.1, 1, 10], losses: middle, chosen: 1) == nil)
        let close = losses([[9, 9], [0, 2], [1, 1]])
        #expect(CandidateChoice.extended([0.1, 1, 10], losses: close, chosen: 2) == nil)
        let beside = losses([[9, 9], nil, [1, 1]])
        #expect(CandidateChoice.extended([0.1, 1, 10], losses: beside, chosen: 2) == nil)
        #expect(CandidateChoice.extended([1], losses: losses([[1, 1]]), chosen: 0) == nil)
    }

    @Test("A grid whose edge is 0 has no ratio and does not grow, nor does one that would leave the numbers")
    func bounds() {
        let rising = losses([[1, 1], [5, 5]])
        #expect(CandidateChoice.extended([0, 1], losses: rising, chosen: 0) == nil)
        let falling = losses([[5, 5], [1, 1]])
        #expect(CandidateChoice.extended([0, 1], losses: falling, chosen: 1) == nil)
        #expect(CandidateChoice.extended([1, 1e300], losses: falling, chosen: 1) == nil)
    }
}
