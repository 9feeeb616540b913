import Foundation
import Testing

@testable import Results

@Suite("The figure of a board")
struct BoardFigureTests {
    /// Neighbours cannot be told apart, and the first and the last can.
    private static func board() throws -> Board {
        let skills = ["alpha": 0.09, "beta": 0.06, "gamma": 0.03, "delta": -0.2]
        return try Board.make(
            try BoardSamples.table(skills, data: [["colour"]], folds: 10, noise: 0.06, probes: "[knn]"), BoardSettings()
        )
    }

    @Test("matches the approved output")
    func golden() throws {
        try expectGolden(try BoardFigure(Self.board()).svg(), "board-figure.svg")
    }

    @Test("A backbone that is in two groups has two bands, and a backbone in a group of its own has none")
    func overlapping() throws {
        let board = try Self.board()
        let letters = try #require(board.sections.first?.rankings[0]).rows.map(\.letters)
        #expect(letters.contains { $0.count == 2 }, "\(letters)")
        let groups = Set(letters.joined()).filter { letter in letters.count { $0.contains(letter) } > 1 }
        let svg = try BoardFigure(board).svg()
        #expect(svg.components(separatedBy: "<polygon").count - 1 == groups.count)
        let members = groups.reduce(0) { sum, letter in sum + letters.count { $0.contains(letter) } }
        #expect(svg.components(separatedBy: "r=\"1.3\"").count - 1 == members)
    }

    @Test("A board without ranks has no figure")
    func empty() throws {
        let one = try BoardSamples.table(["alpha": 0], data: [["colour"]], probes: "[knn]")
        let figure = BoardFigure(try Board.make(one, BoardSettings()))
        #expect(throws: PlotError.noRanks) { try figure.svg() }
    }
}
