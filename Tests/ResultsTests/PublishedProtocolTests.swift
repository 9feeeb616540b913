import Foundation
import Probes
import Results
import Sweeps
import Testing
import Units

@Suite("Rows that chose on the test fold")
struct PublishedProtocolTests {
    /// The sample's rows of one task, those of linear probes under the published protocol and far better than they are.
    private func cells(published: Bool, honest: (ProbeUnit) -> Bool) throws -> [ResultCell] {
        let cells = try SampleResults.cells().filter { $0.unit.task.name == "lexname" }
        let flattered = cells.filter { published && $0.unit.probe.type == "linear" }.map {
            var cell = $0
            cell.unit.solver.selection = SelectionSettings(fraction: 0, refit: false, protocol: "published")
            cell.result?.metrics["top1"]? += 0.2
            return cell
        }
        return cells.filter { honest($0.unit) } + flattered
    }

    private static let endings: [TableFormat: String] = [.text: "txt", .markdown: "md", .csv: "csv", .latex: "tex"]

    @Test("match the approved output, shown with honest ones", arguments: [TableFormat.text, .markdown, .csv, .latex])
    func golden(_ format: TableFormat) throws {
        let table = ResultTable.make(try cells(published: true) { $0.features.layer == 4 }, against: .parameters)
        try expectGolden(table.rendered(as: format), "table-published.\(Self.endings[format] ?? "")")
    }

    @Test("are neither best nor on the front, compared or plotted if there are honest ones")
    func noMatch() throws {
        let isOther = { (unit: ProbeUnit) in unit.probe.type != "linear" }
        let table = ResultTable.make(try cells(published: true, honest: isOther), against: .parameters)
        let optimistic = table.blocks[0].rows.filter(\.isOptimistic)
        #expect(optimistic.count == 6 && optimistic.allSatisfy { !$0.isBest && !$0.isOnFront })
        #expect(table.grouped(by: .row).flatMap { $0.table.blocks[0].rows }.allSatisfy { !$0.isOptimistic })
        let same = ResultTable.make(try cells(published: false, honest: isOther), against: .parameters)
        #expect(table.bestRows(over: .row) == same.bestRows(over: .row))
        for axis in SampleResults.drawnAxes {
            let plot = try ResultPlot.svg(table, against: axis)
            #expect(plot.contains(">Rows not drawn: 6 chosen on the test folds.<"))
            #expect(try SampleResults.drawn(plot) == SampleResults.drawn(ResultPlot.svg(same, against: axis)))
        }
    }

    @Test("are marked in plots if there are no others, and have no nested estimate")
    func alone() throws {
        let table = ResultTable.make(try cells(published: true) { _ in false }, against: .parameters)
        #expect(table.rendered(as: .text).contains("*^! "))
        #expect(try ResultPlot.svg(table, against: .layer).contains("chosen on test (optimistic)"))
        let best = try #require(table.bestRows(over: .row).first)
        #expect(best.nested == nil && best.bootstrap != nil)
    }
}
