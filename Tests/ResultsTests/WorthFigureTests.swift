import Foundation
import Identities
import Probes
import Testing
import Units

@testable import Attention
@testable import Results

@Suite("The figure of worth against a quality of maps")
struct WorthFigureTests {
    private struct Sample {
        let units: [UnitAttention]
        let table: ResultTable
    }

    /// Heads of one task and backbone, so many predictors each; what their maps are worth falls with their entropy.
    private static func sample(
        _ types: [String], predictors: (ResultRow) -> Int, highNorm: Double? = nil
    ) throws -> Sample {
        var table = try FigureSample.table()
        table.blocks = [table.blocks[1]]
        table.blocks[0].rows.removeAll {
            !types.contains($0.unit.probe.type) || $0.features != "DINOv2 ViT-S" || $0.unit.features.layer != 6
        }
        // The sample's rows are copies of one, keys included.
        for row in table.blocks[0].rows.indices {
            for fold in table.blocks[0].rows[row].folds.indices {
                table.blocks[0].rows[row].folds[fold].key = UnitKey(words: UInt64(row), UInt64(fold), 0, 0)
            }
        }
        let units = table.blocks[0].rows.flatMap { row in
            row.folds.map { fold in
                unit(row, fold, task: table.blocks[0].task, predictors: predictors(row), highNorm: highNorm)
            }
        }
        return Sample(units: units, table: table)
    }

    private static func unit(
        _ row: ResultRow, _ fold: ResultRow.Fold, task: String, predictors: Int, highNorm: Double?
    ) -> UnitAttention {
        let list = (0..<predictors).map { number in
            let place = Double(number) / Double(predictors) + 0.01 * Double(fold.reference.heldOut)
            let worth = UnitAttention.Worth(metric: 0.2 * (1 - place) / Double(predictors), logLoss: nil)
            return UnitAttention.Predictor(
                number: number, uniform: worth, meanMap: nil, otherSample: nil, alone: worth, rank: number + 1,
                cumulative: worth,
                quality: MapQuality(entropy: 0.4 + 0.5 * place, effectiveTokens: 3, highNormMass: highNorm))
        }
        return UnitAttention(
            name: UnitAttention.UnitName(
                features: row.features, task: task, layer: row.unit.features.layer, probe: row.label, repetition: 0,
                heldOut: fold.reference.heldOut, draw: nil, seed: 0, key: fold.key),
            findings: AttentionFindings(
                metric: "top1", greaterIsBetter: true, scores: AttentionFindings.Scores(metric: 0.8, logLoss: nil),
                predictors: list, all: UnitAttention.Worth(metric: 0.25, logLoss: nil), overlap: nil,
                highNormShare: nil, samples: 50))
    }

    private static let all = ["efficient", "mhca", "aim", "simpool"]

    @Test("matches the approved output", arguments: FigureLayout.Width.allCases)
    func golden(_ width: FigureLayout.Width) throws {
        let sample = try Self.sample(Self.all, predictors: { $0.unit.probe.type == "simpool" ? 1 : 4 }, highNorm: 0.1)
        let layout = FigureLayout(width: width, style: width == .page ? .screen : .print)
        let svg = try WorthFigure(
            sample.units, of: sample.table, against: [.entropy, .highNormMass], layout: layout
        ).svg()
        try expectGolden(svg, "worth-\(width.rawValue).svg")
    }

    @Test(
        "has a point for each predictor, fold and seed, methods on the left and efficient probing by D_o on the right")
    func points() throws {
        let sample = try Self.sample(["efficient"], predictors: { _ in 4 })
        let svg = try WorthFigure(sample.units, of: sample.table, against: [.entropy]).svg()
        let rows = sample.table.blocks[0].rows
        let widest = rows.count { $0.outputWidth == FigureSample.width }
        let folds = rows[0].folds.count
        // The left panel has the widest form of efficient probing; the legend a sign for each name of both.
        let entries = widest + rows.count
        #expect(
            svg.components(separatedBy: "stroke-width=\"0.9\"/>").count - 1 == (widest + rows.count) * folds * 4
                + entries)
        #expect(svg.contains(">Δ top-1 (points)<"))
        for ending in [": methods<", ", layer 6: D<"] { #expect(svg.contains(ending), "\(ending)") }
    }

    @Test("is in shares where heads have unlike numbers of predictors, and leaves out those that have none")
    func shares() throws {
        var sample = try Self.sample(["efficient", "simpool"], predictors: { $0.unit.probe.type == "simpool" ? 1 : 4 })
        #expect(
            try WorthFigure(sample.units, of: sample.table, against: [.entropy]).svg().contains(
                ">share of Δ top-1 (%)<"))
        var units = sample.units
        let several = try #require(units.firstIndex { $0.predictors.count > 1 })
        units[several].findings.all.metric = -0.1
        sample = Sample(units: units, table: sample.table)
        let svg = try WorthFigure(sample.units, of: sample.table, against: [.entropy]).svg()
        #expect(svg.contains("\(units[several].predictors.count) predictors have no point"))
    }

    @Test("in shares leaves out heads of a single predictor, and says how many and why")
    func singles() throws {
        let sample = try Self.sample(["efficient", "simpool"], predictors: { $0.unit.probe.type == "simpool" ? 1 : 4 })
        let several = try Self.sample(["efficient"], predictors: { _ in 4 })
        func points(_ svg: String) -> Int { svg.components(separatedBy: "stroke-width=\"0.9\"/>").count - 1 }
        let svg = try WorthFigure(sample.units, of: sample.table, against: [.entropy]).svg()
        let singles = sample.units.count { $0.predictors.count == 1 }
        #expect(singles > 0 && svg.contains("\(singles) heads of a single predictor left out: its share is 100 %"))
        #expect(try points(svg) == points(WorthFigure(several.units, of: several.table, against: [.entropy]).svg()))
        let alone = try Self.sample(["simpool"], predictors: { _ in 1 })
        #expect(
            try !WorthFigure(alone.units, of: alone.table, against: [.entropy]).svg().contains(
                "single predictor left out"),
            "where no shares are drawn, nothing is left out")
    }

    @Test("names each quality as tables do, where it has no longer name")
    func qualities() {
        #expect(WorthQuality.allCases.allSatisfy { !$0.title.contains("_") && $0.title != "iou" })
    }

    @Test("says why its right panel is empty, and is refused where no predictor has both figures")
    func empty() throws {
        let methods = try Self.sample(["mhca"], predictors: { _ in 2 })
        let svg = try WorthFigure(methods.units, of: methods.table, against: [.entropy]).svg()
        #expect(svg.contains(">no efficient probing<"))
        let figure = WorthFigure(methods.units, of: methods.table, against: [.highNormMass])
        #expect(throws: PlotError.noPoints) { try figure.svg() }
    }
}
