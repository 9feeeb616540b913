import Foundation
import Sweeps
import Testing
import Units

@testable import Results

@Suite("A board of backbones")
struct BoardTests {
    private static let endings: [TableFormat: String] = [
        .text: "txt", .markdown: "md", .csv: "csv", .json: "json", .latex: "tex",
    ]

    private static let sevenTasks = (1...7).map { ["task \($0)"] }

    @Test("matches the approved output", arguments: TableFormat.allCases)
    func golden(_ format: TableFormat) throws {
        let table = try BoardSamples.table(data: [["colour", "shape"]], probes: "[knn]")
        let board = try Board.make(table, BoardSettings(baseline: "gamma"))
        try expectGolden(board.rendered(as: format), "board.\(Self.endings[format] ?? "")")
    }

    @Test("over seven tasks matches the approved output")
    func goldenOverTasks() throws {
        let table = try BoardSamples.table(data: Self.sevenTasks, probes: "[knn]")
        let board = try Board.make(table, BoardSettings(baseline: "gamma", wantsNemenyi: true))
        try expectGolden(board.rendered(as: .text), "board-tasks.txt")
    }

    @Test("has knn, linear and efficient side by side unless others are asked for, and names those that there are")
    func probes() throws {
        let table = try BoardSamples.table(
            data: [["colour"]], probes: "[knn, {type: linear, solver: logistic}, {type: efficient, queries: 2}]")
        #expect(try Board.make(table, BoardSettings()).sections.map(\.probe) == ["knn", "linear", "efficient"])
        #expect(try Board.make(table, BoardSettings(probes: ["linear"])).sections.map(\.probe) == ["linear"])
        let error = #expect(throws: BoardError.self) { try Board.make(table, BoardSettings(probes: ["mlp"])) }
        #expect(error?.description.contains("Name one with --probe: efficient, knn, linear.") == true)
        let baseline = #expect(throws: BoardError.self) { try Board.make(table, BoardSettings(baseline: "delta")) }
        #expect(baseline?.description.contains("Name one of: alpha, beta, gamma.") == true)
    }

    @Test("shows each backbone at the layer that inner splits chose, as the nested estimate does")
    func chosenLayers() throws {
        let table = try BoardSamples.table(data: [["colour"]], probes: "[knn]")
        let entry = try #require(try Board.make(table, BoardSettings()).sections[0].entries.first)
        var block = table.blocks[0]
        block.rows.removeAll { $0.features != "alpha" }
        let nested = try #require(try BestRow.make(block).nested)
        #expect(entry.backbone == "alpha" && entry.cells[0]?.mean == nested.estimate.mean)
        #expect(entry.cells[0]?.halfWidth == nested.estimate.halfWidth)
    }

    @Test("normalises metrics by chance, and orders losses the other way round")
    func normalized() throws {
        let table = try BoardSamples.table(data: [["colour"]], probes: "[knn]")
        let cell = try #require(try Board.make(table, BoardSettings()).sections[0].entries[0].cells[0])
        let mean = try #require(cell.mean)
        #expect(abs((cell.normalized ?? .nan) - (mean - 0.2) / 0.8) < 1e-12)
        var losses = table
        losses.blocks[0].metric = "log-loss"
        losses.blocks[0].greaterIsBetter = false
        let board = try Board.make(losses, BoardSettings())
        let ranking = try #require(board.sections[0].rankings[0])
        #expect(ranking.rows.map(\.backbone) == ["gamma", "beta", "alpha"])
        #expect(ranking.rows.map(\.score) == ranking.rows.map(\.score).sorted())
    }

    @Test("Below six independent tasks it says not testable, and tasks that share samples are one")
    func independence() throws {
        let five = try Board.make(
            try BoardSamples.table(data: Array(Self.sevenTasks.prefix(5)), probes: "[knn]"), BoardSettings())
        #expect(five.sections[0].overTasks == nil && five.sections[0].independentTasks == 5)
        #expect(five.rendered(as: .text).contains("not testable over tasks: 5 independent, and at least 6 are needed."))
        let shared = try Board.make(
            try BoardSamples.table(data: [["a", "b", "c", "d"], ["e", "f", "g"]], probes: "[knn]"), BoardSettings())
        #expect(shared.tasks.map(\.cluster) == [0, 0, 0, 0, 1, 1, 1] && shared.sections[0].overTasks == nil)
        #expect(shared.rendered(as: .text).contains("a, b, c, d share samples, and count as one task."))
        let seven = try Board.make(
            try BoardSamples.table(data: Self.sevenTasks, probes: "[knn]"), BoardSettings())
        #expect(seven.sections[0].overTasks?.rows.first?.backbone == "alpha")
        #expect(seven.sections[0].overTasks?.nemenyi == nil)
    }

    @Test("A cell that lacks a fold is shown and takes no part in ranks")
    func missing() throws {
        let table = try BoardSamples.table(data: [["colour"]], probes: "[knn]") {
            $0.features.set == "beta@0" && $0.fold.heldOut == 2
        }
        let section = try Board.make(table, BoardSettings()).sections[0]
        #expect(section.entries[1].cells[0]?.foldsDone == 4)
        #expect(section.rankings[0]?.rows.map(\.backbone) == ["alpha", "gamma"])
    }

    @Test("Training that could overturn a rank is marked, with what the signs mean")
    func marks() throws {
        let table = try BoardSamples.table(data: [["colour"]], probes: "[knn]", innerRows: 20)
        let board = try Board.make(table, BoardSettings())
        #expect(board.sections[0].entries[0].cells[0]?.marks.map(\.kind.sign) == ["i"])
        #expect(board.rendered(as: .text).contains("\ni: chosen on few inner rows, which could overturn a rank.\n"))
    }

    @Test("Two feature sets of one name on one task are refused by name")
    func clash() throws {
        var table = try BoardSamples.table(data: [["colour"]], probes: "[knn]")
        for index in table.blocks[0].rows.indices { table.blocks[0].rows[index].features = "one" }
        let error = #expect(throws: BoardError.self) { try Board.make(table, BoardSettings()) }
        #expect(error?.description.contains("are all called one") == true, "\(error?.description ?? "")")
    }

    @Test("Tasks of one name are told apart by what differs, and each is ranked by itself")
    func namesakes() throws {
        var table = try BoardSamples.table(data: [["colour"]], probes: "[knn]")
        var rows = table.blocks[0].rows
        for (seed, scheme) in [(7, "stratified"), (0, "grouped")] {
            rows += table.blocks[0].rows.map { row in
                var row = row
                for fold in row.folds.indices {
                    row.folds[fold].reference.seed = seed
                    row.folds[fold].reference.scheme = scheme
                }
                return row
            }
        }
        table.blocks[0].rows = rows
        let board = try Board.make(table, BoardSettings())
        #expect(
            board.tasks.map(\.name).sorted() == [
                "colour grouped seed 0", "colour stratified seed 0", "colour stratified seed 7",
            ])
        #expect(board.sections[0].rankings.allSatisfy { $0?.rows.count == 3 })
    }

    @Test("A file with cells or rankings that its tasks have not is refused, and says how to make one")
    func otherLengths() throws {
        let board = try Board.make(
            try BoardSamples.table(data: [["colour", "shape"]], probes: "[knn]"), BoardSettings())
        let whole = board.rendered(as: .json)
        #expect(try Board(json: Data(whole.utf8)) == board)
        var json = try #require(try JSONSerialization.jsonObject(with: Data(whole.utf8)) as? [String: Any])
        var tasks = try #require(json["tasks"] as? [Any])
        tasks.removeLast()
        json["tasks"] = tasks
        let short = try JSONSerialization.data(withJSONObject: json)
        let error = #expect(throws: BoardError.self) { try Board(json: short) }
        #expect(error?.description.contains("it has 1 tasks, and under knn 2 cells or rankings") == true)
        #expect(error?.description.contains("leaderboard SWEEP --format json") == true)
        #expect(throws: BoardError.self) { try Board(json: Data("[]".utf8)) }
    }

    @Test("is read back from JSON, and says what changed since then: what is new, figures, ranks")
    func changes() throws {
        let few = BoardSamples.skills.filter { $0.key != "beta" }
        let old = try Board.make(try BoardSamples.table(few, data: [["colour"]], probes: "[knn]"), BoardSettings())
        let earlier = try JSONDecoder().decode(Board.self, from: Data(old.rendered(as: .json).utf8))
        #expect(earlier == old && old.changes(since: earlier).isEmpty)
        var skills = BoardSamples.skills
        skills["alpha"] = 0.06
        let board = try Board.make(try BoardSamples.table(skills, data: [["colour"], ["shape"]]), BoardSettings())
        let changes = board.changes(since: earlier)
        #expect(changes.prefix(3) == ["new backbone: beta", "new task: shape", "new probe: linear"])
        #expect(changes.contains { $0.hasPrefix("knn, colour, alpha: ") })
        #expect(changes.contains { $0.hasPrefix("knn, colour, gamma: rank 2 → ") })
        #expect(earlier.changes(since: board).contains("no longer there, backbone: beta"))
    }

    @Test("A set that was cut to the samples of another is on one task with it")
    func common() throws {
        let whole = try Board.make(try BoardSamples.table(data: [["colour"]], probes: "[knn]"), BoardSettings())
        let cut = try Board.make(
            try BoardSamples.table(data: [["colour"]], probes: "[knn]", cut: ["beta", "gamma"]), BoardSettings())
        #expect(cut.tasks.map(\.name) == ["colour"])
        #expect(cut.sections[0].entries.map(\.backbone) == whole.sections[0].entries.map(\.backbone))
        #expect(cut.sections[0].rankings[0]?.rows.count == 3)
    }
}
