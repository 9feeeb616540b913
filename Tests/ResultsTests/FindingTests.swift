import Metrics
import Probes
import Testing
import Units

@testable import Results

@Suite("What a table says in words")
struct FindingTests {
    @Test("The best row is named with its interval, what was corrected and what is not told apart from it")
    func words() throws {
        let finding = TaskFinding.make(try SampleResults.noisyTable().blocks[1])
        #expect(finding.task == "lexname")
        let text = finding.sentences.joined(separator: "\n")
        #expect(finding.sentences[0].contains(" is best: top-1 (%) ") && finding.sentences[0].contains("over 3 folds"))
        #expect(text.contains("chosen in each fold on its inner split the figure is"))
        #expect(text.contains("(corrected resampled t-test, Holm)"))
        #expect(text.contains("have marks that ask for caution: "))
        #expect(text.contains("Predictions that know nothing have 20.0."))
        #expect(!text.contains("have no result"))
        let rows = try #require(finding.bestRows)
        #expect(rows.rows.count == 10 && rows.rows[0][0] == "1" && rows.columns.count == rows.rows[0].count)
    }

    @Test("Where less is better the best row has the least, and the sentence says so")
    func losses() throws {
        let block = try SampleResults.noisyTable().blocks[0]
        let finding = TaskFinding.make(block)
        let least = block.rows.compactMap(\.estimate?.mean).min()
        #expect(finding.best?.estimate?.mean == least)
        #expect(finding.sentences[0].contains("where less is better"))
    }

    @Test("Rows that lack folds are counted and do not win")
    func missing() throws {
        let cells = try SampleResults.cells { $0.fold.heldOut == 1 && $0.probe.type == "efficient" }
        let finding = TaskFinding.make(ResultTable.make(cells, against: .parameters).blocks[1])
        #expect(finding.best?.unit.probe.type != "efficient")
        #expect(finding.sentences.contains { $0.contains("folds of rows have no result") })
        let none = TaskFinding.make(
            ResultTable.make(try SampleResults.cells { $0.fold.heldOut == 1 }, against: .parameters).blocks[1])
        #expect(none.best == nil && none.sentences[0] == "No row is complete.")
    }

    @Test("Lines over layers are probes on several; a figure draws at most so many, the best of each backbone in turn")
    func drawn() throws {
        let table = try SampleResults.noisyTable()
        #expect(table.lines(over: .layer) == table)
        #expect(table.lines(over: .shots).blocks.isEmpty)
        let drawn = table.drawn(tasks: 1, lines: 2, over: .layer)
        #expect(drawn.table.blocks.count == 1 && drawn.table.blocks[0].rows.count == 4)
        #expect(drawn.note?.contains("1 of 2 tasks are not drawn") == true)
        #expect(table.drawn(tasks: 2, lines: 100, over: nil).note == nil)
    }

    @Test("Confusions are counted by true and predicted class, the first of equal scores being the prediction")
    func confusions() throws {
        let fold = Prediction(scores: [2, 1, 0, 0, 3, 1, 1, 1, 0, 0, 1, 2], truth: .classes([0, 0, 1, 2]))
        let counts = try #require(ConfusionCounts([fold, fold]))
        #expect(counts.counts == [2, 2, 0, 2, 0, 0, 0, 0, 2])
        let sheet = counts.sheet(title: "", names: ["a", "b", "c"])
        #expect(sheet.rows == [["a", "2", "2", "0"], ["b", "2", "0", "0"], ["c", "0", "0", "2"]])
        #expect(ConfusionCounts([Prediction(scores: [1], truth: .values([1]))]) == nil)
    }

    @Test("Of many classes the most frequent confusions are listed")
    func manyClasses() throws {
        var scores = [Float](repeating: 0, count: 40 * 20)
        for row in 0..<40 { scores[row * 20 + (row % 20 == 3 ? 4 : row % 20)] = 1 }
        let fold = Prediction(scores: scores, truth: .classes((0..<40).map { Int32($0 % 20) }))
        let sheet = try #require(ConfusionCounts([fold])).sheet(title: "", names: nil)
        #expect(sheet.rows == [["3", "4", "2", "100.0"]])
    }
}
