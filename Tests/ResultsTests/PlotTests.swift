import Foundation
import Probes
import Results
import Sweeps
import Testing
import Units

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("Plots")
struct PlotTests {
    /// The first task's rows, so many of them.
    static func table(rows: Int) throws -> ResultTable {
        var table = try SampleResults.noisyTable()
        table.blocks = [table.blocks[1]]
        table.blocks[0].rows = Array(table.blocks[0].rows.prefix(rows))
        return table
    }

    /// One task, eight probe types of five sizes each on four layers: as much as one plot is asked to show.
    static func large() throws -> ResultTable {
        var table = try table(rows: 1)
        let pattern = table.blocks[0].rows[0]
        let names = [
            "efficient", "linear mean", "linear class", "aim", "abmilp", "simpool", "siglip",
            "a very long name of a probe",
        ]
        table.blocks[0].rows = (0..<40).map { index in
            var row = pattern
            let (type, size) = (index % 8, index / 8)
            row.label = names[type]
            row.outputWidth = 24 << size
            row.unit.probe.type = names[type]
            row.unit.probe.options = [:]
            row.parameters = (type + 1) * (3_000 << (2 * size))
            row.referenceMACs = (type * 3 + 1) * (400_000 << size)
            row.estimate?.mean = 0.6 + 0.04 * Double(size) - 0.003 * Double((type * 5) % 8) * Double(size + 1)
            row.estimate?.halfWidth = 0.01 + 0.002 * Double(type)
            for fold in row.folds.indices {
                let luck = 0.03 * sin(Double(7 * index + 3 * fold))
                row.folds[fold].result?.score = (row.estimate?.mean ?? 0) + luck
            }
            return row
        }
        return table
    }

    @Test("match the approved output", arguments: ResultPlot.Axis.allCases, [1, 6])
    func golden(_ axis: ResultPlot.Axis, _ rows: Int) throws {
        try expectGolden(
            ResultPlot.svg(try Self.table(rows: rows), against: axis), "plot-\(axis.rawValue)-\(rows).svg")
    }

    @Test("of many rows match the approved output")
    func goldenLarge() throws {
        try expectGolden(ResultPlot.svg(try Self.large(), against: .parameters), "plot-params-40.svg")
        var layers = try Self.large()
        for (index, row) in layers.blocks[0].rows.enumerated() {
            layers.blocks[0].rows[index].unit.features.layer = index / 8 * 2
            layers.blocks[0].rows[index].outputWidth = 384
            layers.blocks[0].rows[index].label = row.label
        }
        try expectGolden(ResultPlot.svg(layers, against: .layer), "plot-layer-40.svg")
    }

    @Test("of ranks match the approved output")
    func goldenRanks() throws {
        let comparison = try RankComparison.make(RowGroup(name: "", table: SampleResults.noisyTable()))
        try expectGolden(CriticalDifferencePlot.svg([comparison]), "ranks.svg")
    }

    @Test("are well-formed XML for any name of a probe", arguments: ResultPlot.Axis.allCases)
    func wellFormed(_ axis: ResultPlot.Axis) throws {
        var table = try SampleResults.noisyTable()
        table.blocks[0].rows[0].label = "<a> & \"b\""
        let parser = XMLParser(data: Data(ResultPlot.svg(table, against: axis).utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
    }

    @Test("say so if there is nothing to draw")
    func empty() throws {
        #expect(ResultPlot.svg(ResultTable.make([], against: .parameters), against: .layer).contains("no results"))
        let cells = try SampleResults.cells { _ in true }
        let svg = ResultPlot.svg(ResultTable.make(cells, against: .parameters), against: .parameters)
        #expect(svg.contains("lack folds and are not drawn."))
    }

    @Test("have no overlapping texts", arguments: ResultPlot.Axis.allCases)
    func collisions(_ axis: ResultPlot.Axis) throws {
        for table in [try Self.table(rows: 1), try Self.table(rows: 6), try Self.large()] {
            try expectNoCollision(in: ResultPlot.svg(table, against: axis))
        }
    }

    @Test(
        "of ranks have no overlapping texts, however long the names are",
        arguments: [RowAxis.row, .probe, .layer, .output])
    func rankCollisions(_ axis: RowAxis) throws {
        var table = try SampleResults.noisyTable()
        for block in table.blocks.indices {
            table.blocks[block].rows[0].label = "a very long name of a probe, far too long"
        }
        let comparisons = try table.grouped(by: axis).map(RankComparison.make)
        #expect(!comparisons.isEmpty)
        try expectNoCollision(in: CriticalDifferencePlot.svg(comparisons))
    }

    private func expectNoCollision(in svg: String) throws {
        let boxes = try TextBox.all(in: svg)
        #expect(boxes.count == svg.matches(of: #/<text /#).count - svg.matches(of: #/rotate/#).count)
        for (index, box) in boxes.enumerated() {
            for other in boxes[(index + 1)...] {
                #expect(!box.overlaps(other), "\"\(box.text)\" and \"\(other.text)\"")
            }
        }
    }

    @Test("show the share of bootstrap samples beside front points where there is room")
    func shares() throws {
        var table = try Self.large()
        #expect(!ResultPlot.svg(table, against: .parameters).contains("font-size=\"6.5\""))
        for row in table.blocks[0].rows.indices {
            let folds = table.blocks[0].rows[row].folds.compactMap { $0.result?.score }
            table.blocks[0].rows[row].bootstrap = BootstrapScores(
                cases: Array(folds.indices),
                values: Resamples(count: 200, of: folds.count, seed: 3).draws.map { draw in
                    draw.reduce(0) { $0 + folds[$1] } / Double(draw.count)
                })
        }
        let svg = ResultPlot.svg(table, against: .parameters)
        let shares = svg.matches(of: /font-size="6.5">([0-9]+) %</).compactMap { Int($0.output.1) }
        // Of five points on the front one is among lines and intervals.
        #expect(shares.count >= 4)
        #expect(shares.contains { $0 > 50 } && shares.allSatisfy { (1...100).contains($0) })
    }
}

/// Where a horizontal text stands.
private struct TextBox {
    let text: String
    let left, right, top, bottom: Double

    func overlaps(_ other: TextBox) -> Bool {
        left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }

    static func all(in svg: String) throws -> [TextBox] {
        let pattern =
            #/
            <text\ x="([-0-9.]+)"\ y="([-0-9.]+)"\ text-anchor="([a-z]+)"
            (\ font-weight="bold")?(\ font-size="6.5")?(?:\ xml:space="preserve")?>(.*?)</text>
            /#
        return svg.matches(of: pattern).map { match in
            let size = match.output.5 == nil ? 8.0 : 6.5
            let text = String(match.output.6).replacing(/<[^>]*>/, with: "")
            let width = FontMetrics.width(of: text, size: size, isBold: match.output.4 != nil)
            let (x, baseline) = (Double(match.output.1) ?? .nan, Double(match.output.2) ?? .nan)
            let left = match.output.3 == "start" ? x : match.output.3 == "end" ? x - width : x - width / 2
            return TextBox(
                text: text, left: left, right: left + width, top: baseline - 0.72 * size,
                bottom: baseline + 0.15 * size)
        }
    }
}
