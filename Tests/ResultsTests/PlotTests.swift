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

    @Test(
        "match the approved output",
        arguments: [
            (.parameters, 1), (.operations, 1), (.parameters, 6), (.operations, 6), (.layer, 6),
        ] as [(ResultPlot.Axis, Int)])
    func golden(_ axis: ResultPlot.Axis, _ rows: Int) throws {
        try expectGolden(
            try ResultPlot.svg(Self.table(rows: rows), against: axis), "plot-\(axis.rawValue)-\(rows).svg")
    }

    @Test("of many rows match the approved output")
    func goldenLarge() throws {
        try expectGolden(try ResultPlot.svg(Self.large(), against: .parameters), "plot-params-40.svg")
        var layers = try Self.large()
        for (index, row) in layers.blocks[0].rows.enumerated() {
            layers.blocks[0].rows[index].unit.features.layer = index / 8 * 2
            layers.blocks[0].rows[index].outputWidth = 384
            layers.blocks[0].rows[index].label = row.label
        }
        try expectGolden(try ResultPlot.svg(layers, against: .layer), "plot-layer-40.svg")
    }

    @Test("of ranks match the approved output")
    func goldenRanks() throws {
        let comparison = try RankComparison.make(RowGroup(name: "", table: SampleResults.noisyTable()))
        try expectGolden(CriticalDifferencePlot.svg([comparison]), "ranks.svg")
    }

    @Test("are well-formed XML for any name of a probe", arguments: SampleResults.drawnAxes)
    func wellFormed(_ axis: ResultPlot.Axis) throws {
        var table = try SampleResults.noisyTable()
        table.blocks[0].rows[0].label = "<a> & \"b\""
        let parser = XMLParser(data: Data(try ResultPlot.svg(table, against: axis).utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
    }

    @Test("of nothing are refused, with the number of rows that lack folds", arguments: ResultPlot.Axis.allCases)
    func empty(_ axis: ResultPlot.Axis) throws {
        #expect(throws: PlotError.noResults(lacking: 0)) {
            try ResultPlot.svg(ResultTable.make([], against: .parameters), against: axis)
        }
        let lacking = ResultTable.make(try SampleResults.cells { _ in true }, against: .parameters)
        let error = #expect(throws: PlotError.self) { try ResultPlot.svg(lacking, against: axis) }
        let rows = lacking.blocks.flatMap(\.rows).count { !$0.isComplete }
        #expect(rows > 0 && error == .noResults(lacking: rows), "\(String(describing: error))")
    }

    @Test("of one value of their axis are refused, with the value and another way to draw the rows")
    func singleValue() throws {
        let table = try Self.table(rows: 6)
        for (axis, words) in [
            (.output, "one output dimensionality, 384."), (.shots, "one number of training samples, 1200."),
        ] as [(ResultPlot.Axis, String)] {
            let error = #expect(throws: PlotError.self) { try ResultPlot.svg(table, against: axis) }
            #expect(error.map { "\($0)" }?.contains(words) == true, "\(String(describing: error))")
            #expect(error.map { "\($0)" }?.contains("--against params --grid") == true)
        }
    }

    @Test("of more lines than a reader tells apart are refused, with the options that choose some")
    func tooMany() throws {
        var table = try Self.large()
        func expectRefusal(_ options: [String]) {
            #expect(throws: PlotError.tooManyLines(count: PlotError.mostLines + 1, options: options)) {
                try ResultPlot.svg(table, against: .parameters)
            }
        }
        let pattern = table.blocks[0].rows[0]
        func rows(_ count: Int, _ change: (inout ResultRow, Int) -> Void) -> [ResultRow] {
            (0..<count).map { index in
                var row = pattern
                change(&row, index)
                return row
            }
        }
        table.blocks[0].rows = rows(PlotError.mostLines) { $0.unit.probe.type = "probe \($1)" }
        #expect(try !ResultPlot.svg(table, against: .parameters).isEmpty)
        table.blocks[0].rows = rows(PlotError.mostLines + 1) { $0.unit.probe.type = "probe \($1)" }
        expectRefusal(["--probe (13 probe types)"])
        table.blocks[0].rows = rows(PlotError.mostLines + 1) {
            ($0.features, $0.unit.features.set) = ("backbone \($1)", "set \($1)")
            $0.outputWidth = 24 << ($1 % 2)
        }
        expectRefusal(["--features (13 feature sets)", "--output-dim (2 output dimensionalities)"])
    }

    /// Axes, and numbers of rows; nil for ``large()``.
    private static let drawn: [(ResultPlot.Axis, Int?)] = [
        (.parameters, 1), (.parameters, 6), (.parameters, nil), (.operations, 1), (.operations, 6), (.operations, nil),
        (.layer, 6), (.output, nil),
    ]

    @Test("have no overlapping texts", arguments: drawn)
    func collisions(_ axis: ResultPlot.Axis, _ rows: Int?) throws {
        try expectNoCollision(in: ResultPlot.svg(try rows.map(Self.table) ?? Self.large(), against: axis))
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
        #expect(try !ResultPlot.svg(table, against: .parameters).contains("font-size=\"6.5\""))
        for row in table.blocks[0].rows.indices {
            let folds = table.blocks[0].rows[row].folds.compactMap { $0.result?.score }
            table.blocks[0].rows[row].bootstrap = BootstrapScores(
                cases: Array(folds.indices),
                values: Resamples(count: 200, of: folds.count, seed: 3).draws.map { draw in
                    draw.reduce(0) { $0 + folds[$1] } / Double(draw.count)
                })
        }
        let svg = try ResultPlot.svg(table, against: .parameters)
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
