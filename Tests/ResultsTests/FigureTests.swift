import Foundation
import Probes
import Sweeps
import Testing
import Units

@testable import Results

/// A table as of an experiment: two backbones, two tasks, two layers, a dozen probes. Its figures are of a formula.
enum FigureSample {
    struct Probe {
        let type: String
        let options: [String: OptionValue]
        let output: Int
        let parameters: Int
        let gflops: Double
        let skill: Double
    }

    static let width = 384

    static let probes: [Probe] = {
        var probes = [
            Probe(
                type: "linear", options: ["input": .text("class")], output: 384, parameters: 4_235, gflops: 8e-6,
                skill: 0.60),
            Probe(
                type: "linear", options: ["input": .text("mean")], output: 384, parameters: 4_235, gflops: 8e-6,
                skill: 0.62),
            Probe(
                type: "mhca", options: ["heads": .integer(12)], output: 384, parameters: 446_603, gflops: 0.02,
                skill: 0.79),
            Probe(type: "vit-block", options: [:], output: 384, parameters: 1_778_699, gflops: 0.11, skill: 0.81),
            Probe(
                type: "aim", options: ["heads": .integer(12)], output: 384, parameters: 299_915, gflops: 0.012,
                skill: 0.78),
            Probe(type: "abmilp", options: [:], output: 384, parameters: 4_620, gflops: 1e-4, skill: 0.70),
            Probe(type: "simpool", options: [:], output: 384, parameters: 300_683, gflops: 0.012, skill: 0.74),
        ]
        for (divisor, queries) in [(1, [4, 8, 16, 32]), (4, [4, 8, 16, 32]), (8, [4, 8, 16])] {
            for (index, count) in queries.enumerated() {
                let output = width / divisor
                probes.append(
                    Probe(
                        type: "efficient",
                        options: [
                            "queries": .integer(count), "output": .text(divisor == 1 ? "D" : "D/\(divisor)"),
                            "tokens": .text("patch"),
                        ],
                        output: output, parameters: count * width + width * output + output * 11,
                        gflops: 0.012 / Double(divisor) + 4e-5 * Double(count),
                        skill: 0.80 - 0.02 * Double(divisor) / 4 + 0.012 * Double(index)))
            }
        }
        return probes
    }()

    static func table() throws -> ResultTable {
        var table = try SampleResults.noisyTable()
        for block in table.blocks.indices {
            let pattern = table.blocks[block].rows[0]
            var rows: [ResultRow] = []
            for (set, depth) in [("MAE ViT-S", 12), ("DINOv2 ViT-S", 6)] {
                for layer in [depth / 2, depth] {
                    for (index, probe) in probes.enumerated() {
                        var row = pattern
                        row.unit.features.set = set
                        row.features = set
                        row.unit.features.layer = layer
                        row.unit.features.width = width
                        row.unit.probe = ProbeConfiguration(type: probe.type, options: probe.options)
                        row.unit.shots = nil
                        row.label = probe.type
                        row.outputWidth = probe.output
                        row.parameters = probe.parameters
                        row.referenceMACs = Int(probe.gflops * 1e9 / 2)
                        let gain = (set.hasPrefix("D") ? 0.06 : 0) + (layer == depth ? 0.02 : 0)
                        var scores: [Double] = []
                        for fold in row.folds.indices {
                            let luck = 0.012 * sin(Double(7 * index + 3 * fold + layer + 11 * block))
                            let accuracy = probe.skill + gain + luck
                            scores.append(table.blocks[block].greaterIsBetter ? accuracy : 2.5 - 2 * accuracy)
                            row.folds[fold].result?.score = scores[fold]
                        }
                        row.estimate = FoldEstimate(scores, folds: scores.count)
                        row.marks = []
                        rows.append(row)
                    }
                }
            }
            table.blocks[block].rows = rows
        }
        return table
    }

    /// Rows of random cost and score, so many in each panel, some of them close together.
    static func random(seed: UInt64) throws -> ResultTable {
        var generator = Shuffler(state: seed)
        var table = try Self.table()
        let kept = Int.random(in: 4...18, using: &generator)
        for block in table.blocks.indices {
            table.blocks[block].rows = table.blocks[block].rows.enumerated().compactMap { index, row in
                guard row.unit.features.layer >= 6, index % 18 < kept else { return nil }
                var row = row
                row.unit.features.layer = 6
                row.parameters = Int(pow(10, Double.random(in: 3.5...6.5, using: &generator)))
                let mean = Double.random(in: 0.5...0.9, using: &generator)
                for fold in row.folds.indices {
                    row.folds[fold].result?.score = mean + Double.random(in: -0.01...0.01, using: &generator)
                }
                row.estimate = FoldEstimate(row.folds.compactMap { $0.result?.score }, folds: row.folds.count)
                return row
            }
        }
        return table
    }
}

@Suite("Figures to paste")
struct FigureTests {
    @Test(
        "of probes against a cost match the approved output",
        arguments: CostAxis.allCases, FigureLayout.Width.allCases)
    func costs(_ axis: CostAxis, _ width: FigureLayout.Width) throws {
        let layout = FigureLayout(width: width, style: width == .page ? .screen : .print)
        let svg = try CostGrid(FigureSample.table(), against: axis, layout: layout).svg()
        try expectGolden(svg, "grid-\(axis.rawValue)-\(width.rawValue).svg")
    }

    @Test("over relative depth match the approved output", arguments: FigureLayout.Width.allCases)
    func depth(_ width: FigureLayout.Width) throws {
        var table = try FigureSample.table().selecting(RowSelection(probes: ["linear", "mhca"]))
        table.lastLayers = ["MAE ViT-S": 12, "DINOv2 ViT-S": 12]
        try expectGolden(
            try DepthFigure(table, layout: FigureLayout(width: width)).svg(), "depth-\(width.rawValue).svg")
    }

    @Test("have labels that lie neither on each other nor on a point", arguments: 0..<50 as Range<UInt64>)
    func labels(_ seed: UInt64) throws {
        let svg = try CostGrid(FigureSample.random(seed: seed), against: .parameters).svg()
        let texts = FigureShapes.texts(in: svg), markers = FigureShapes.markers(in: svg)
        #expect(texts.count > 20 && markers.count > 8)
        for (index, text) in texts.enumerated() {
            for other in texts[(index + 1)...] {
                #expect(!text.box.overlaps(other.box), "\"\(text.text)\" and \"\(other.text)\"")
            }
            #expect(!markers.contains(where: text.box.overlaps), "\"\(text.text)\" lies on a point")
        }
    }

    @Test("have three ticks or more on every logarithmic axis", arguments: [1.0, 1.2, 3, 40, 1e4])
    func ticks(_ factor: Double) throws {
        var table = try FigureSample.table()
        for block in table.blocks.indices {
            for row in table.blocks[block].rows.indices {
                table.blocks[block].rows[row].parameters = Int(70_000 * pow(factor, Double(row % 5) / 4))
            }
        }
        let svg = try CostGrid(table, against: .parameters).svg()
        let labels = svg.matches(of: />[0-9.]+[kM]</).count
        #expect(labels >= 2 * 2, "two panels have labels below them")
        let ticks = svg.matches(of: /<polyline points="([0-9.]+),[0-9.]+ ([0-9.]+),[0-9.]+"[^>]* stroke-width="0.5"/)
        #expect(ticks.count { $0.output.1 == $0.output.2 } >= 3 * 4, "each of four panels")
    }

    @Test("tell every backbone's curve from all others, as many as a panel may have, and refuse more")
    func manyBackbones() throws {
        var table = try FigureSample.table()
        var block = table.blocks[0]
        let pattern = block.rows.filter { $0.unit.probe.type == "mhca" && $0.features.hasPrefix("M") }
        func backbones(_ count: Int) -> ResultTable {
            block.rows = (0..<count).flatMap { number in
                pattern.map { row in
                    var row = row
                    (row.features, row.unit.features.set) = ("backbone \(number)", "set \(number)")
                    return row
                }
            }
            table.blocks = [block]
            return table
        }
        #expect(throws: PlotError.tooManyLines(count: 13, options: ["--features (13 feature sets)"])) {
            try DepthFigure(backbones(13)).svg()
        }
        let svg = try DepthFigure(backbones(12)).svg()
        let curves = svg.matches(of: #/stroke="([^"]*)" stroke-width="0.9"( stroke-dasharray="[^"]*")?\/>/#)
        #expect(Set(curves.map { "\($0.output.1)\($0.output.2 ?? "")" }).count == 12)
    }

    @Test("say which marks hollow points have, and are hollow in the legend where all points of a line are")
    func hollow() throws {
        var table = try FigureSample.table()
        for block in table.blocks.indices {
            table.blocks[block].rows.removeAll { !["linear", "mhca"].contains($0.unit.probe.type) }
        }
        let whole = try DepthFigure(table).svg()
        for block in table.blocks.indices {
            for row in table.blocks[block].rows.indices where table.blocks[block].rows[row].unit.probe.type == "mhca" {
                table.blocks[block].rows[row].marks = [
                    RowMark(.gridEdge, folds: 2, of: 3), RowMark(.extended, folds: 1, of: 3),
                ]
            }
        }
        let svg = try DepthFigure(table).svg()
        let marked = table.blocks.flatMap(\.rows).count { $0.unit.probe.type == "mhca" }
        #expect(!whole.contains("Hollow"))
        #expect(svg.contains("Hollow, \(marked) of "))
        #expect(svg.contains("rows: a choice at an end of its grid (\(marked))."))
        func hollow(_ svg: String) -> Int { svg.matches(of: /fill="#fff" stroke=/).count }
        // And one in the legend for each of two backbones.
        #expect(hollow(svg) - hollow(whole) == marked + 2)
    }

    @Test("write small costs as powers of ten, and break the axis behind 0")
    func powers() throws {
        #expect(
            [1e-5, 3e-5, 1e-4, 0.001, 0.02, 1, 40, 2e7].map(PlotScale.power) == [
                "10⁻⁵", "3·10⁻⁵", "10⁻⁴", "0.001", "0.02", "1", "40", "2·10⁷",
            ])
        let scale = PlotScale.logarithmic([0, 1, 1000], from: 0, to: 100) { "\($0)" }
        let gap = try #require(scale.gap)
        #expect(scale(0) < gap && gap < scale(1))
        #expect(PlotScale.logarithmic([1, 1000], from: 0, to: 100) { "\($0)" }.gap == nil)
        let svg = try CostGrid(FigureSample.table(), against: .operations).svg()
        #expect(svg.contains(#/>10<tspan dy="-[0-9.]+" font-size="[0-9.]+">−5</tspan>/#))
    }

    @Test("are refused if there is nothing to draw, and over depth if there is one depth")
    func empty() throws {
        let table = ResultTable.make([ResultCell](), against: .parameters)
        #expect(throws: PlotError.noResults(lacking: 0)) { try CostGrid(table, against: .parameters).svg() }
        #expect(throws: PlotError.noResults(lacking: 0)) { try DepthFigure(table).svg() }
        let one = try FigureSample.table().selecting(RowSelection(features: ["MAE ViT-S"], layers: [12]))
        #expect(throws: PlotError.singleValue(of: "relative depth", value: "1.00")) { try DepthFigure(one).svg() }
    }

    @Test("shorten a backbone's name in a title, never its layer", arguments: FigureLayout.Width.allCases)
    func titles(_ width: FigureLayout.Width) throws {
        var table = try FigureSample.table()
        for block in table.blocks.indices {
            for row in table.blocks[block].rows.indices {
                table.blocks[block].rows[row].features += " of a very long name, which no panel has the room to show"
            }
        }
        let svg = try CostGrid(table, against: .parameters, layout: FigureLayout(width: width)).svg()
        let titles = svg.matches(of: /font-weight="bold" font-size="6.5">([^<]{4,})</).map { String($0.output.1) }
        #expect(titles.count { $0.contains("ViT-S") } == 4, "\(titles)")
        #expect(titles.filter { $0.contains("ViT-S") }.allSatisfy { $0.contains("…, layer ") }, "\(titles)")
    }

    @Test("have letters where names would not stand beside their points, with each name once below")
    func key() throws {
        func count(_ name: String, _ svg: String) -> Int { svg.components(separatedBy: ">\(name)<").count - 1 }
        var table = try FigureSample.table()
        let few = try table.selecting(RowSelection(probes: ["linear", "simpool"]))
        #expect(count("SimPool", try CostGrid(few, against: .parameters).svg()) == 4, "in each of four panels")
        for block in table.blocks.indices {
            for (index, row) in table.blocks[block].rows.enumerated() where row.unit.probe.type != "linear" {
                table.blocks[block].rows[index].parameters = 100_000 + 500 * (index % FigureSample.probes.count)
            }
        }
        let svg = try CostGrid(table, against: .parameters, layout: FigureLayout(width: .column)).svg()
        for name in ["AbMILP", "SimPool", "ViT"] { #expect(count(name, svg) == 1, "\(name)") }
        #expect(count("GAP", svg) == 4, "linear probes have their names in every panel")
        #expect(count("32", svg) == 2 * 4 && count("8", svg) == 0, "lines have numbers at both ends alone")
    }

    @Test("keep the panel of a backbone that has no rows of a task, and say why it is empty")
    func lacking() throws {
        var table = try FigureSample.table()
        table.blocks[1].rows.removeAll { $0.features.hasPrefix("D") }
        let svg = try CostGrid(table, against: .parameters).svg()
        let titles = svg.matches(of: />((?:MAE|DINOv2) ViT-S)(, layer [0-9]+)?</).map {
            "\($0.output.1)\($0.output.2 == nil ? "" : " drawn")"
        }
        #expect(titles == ["DINOv2 ViT-S drawn", "MAE ViT-S drawn", "DINOv2 ViT-S", "MAE ViT-S drawn"])
        #expect(svg.matches(of: />no rows of this task</).count == 1)
        for row in table.blocks[1].rows.indices { table.blocks[1].rows[row].folds[0].result = nil }
        let unfinished = try CostGrid(table, against: .parameters).svg()
        #expect(unfinished.contains("No row has all folds of \(table.blocks[1].task)."))
        #expect(unfinished.matches(of: />(?:MAE|DINOv2) ViT-S/).count == 2)
    }

    @Test("call probes and metrics as papers do")
    func names() throws {
        let svg = try CostGrid(FigureSample.table(), against: .parameters).svg()
        for name in ["[CLS]", "GAP", "AbMILP", "ViT", "SimPool", "top-1 (%)", "EP, D", " = D/4"] {
            #expect(svg.contains(name), "\(name)")
        }
        // Subscripts are smaller letters below the line.
        #expect(svg.contains(/MHCA<tspan dy="[0-9.]+" font-size="[0-9.]+">12<\/tspan>/))
    }
}

/// What stands where in a figure.
private enum FigureShapes {
    struct Text {
        let text: String
        let box: Box
    }

    /// Horizontal texts, as tall as their digits and capitals.
    static func texts(in svg: String) -> [Text] {
        let pattern = #/<text x="([-0-9.]+)" y="([-0-9.]+)" text-anchor="([a-z]+)"([^>]*)>(.*?)</text>/#
        return svg.matches(of: pattern).compactMap { match in
            let attributes = match.output.4
            guard !attributes.contains("rotate") else { return nil }
            let size = attributes.firstMatch(of: /font-size="([0-9.]+)"/).flatMap { Double($0.output.1) } ?? 8
            let (body, isBold) = (String(match.output.5), attributes.contains("bold"))
            let lowered = body.matches(of: #/<tspan dy="[^"]*" font-size="([0-9.]+)">([^<]*)</tspan>/#)
            let plain = body.replacing(#/<tspan dy="[^"]*" font-size="[^"]*">[^<]*</tspan>/#, with: "")
                .replacing(/<[^>]*>/, with: "")
            let width = lowered.reduce(FontMetrics.width(of: plain, size: size, isBold: isBold)) { sum, part in
                sum + FontMetrics.width(of: String(part.output.2), size: Double(part.output.1) ?? size)
            }
            guard let x = Double(match.output.1), let baseline = Double(match.output.2) else { return nil }
            let left = match.output.3 == "start" ? x : match.output.3 == "end" ? x - width : x - width / 2
            return Text(
                text: body, box: Box(left: left, right: left + width, top: baseline - 0.72 * size, bottom: baseline))
        }
    }

    static func markers(in svg: String) -> [Box] {
        let discs = svg.matches(of: #/<circle cx="([-0-9.]+)" cy="([-0-9.]+)"/#).compactMap { match in
            Double(match.output.1).flatMap { x in Double(match.output.2).map { (x, $0) } }
        }
        let polygons = svg.matches(of: #/<polygon points="([^"]*)"/#).map { match in
            match.output.1.split(separator: " ").map { $0.split(separator: ",").compactMap { Double($0) } }
        }
        return discs.map { Box(around: $0, width: 4.6, height: 4.6) }
            + polygons.map { corners in
                let (x, y) = (corners.map { $0[0] }, corners.map { $0[1] })
                return Box(left: x.min() ?? 0, right: x.max() ?? 0, top: y.min() ?? 0, bottom: y.max() ?? 0)
            }
    }
}
