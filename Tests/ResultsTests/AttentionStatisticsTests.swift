import Foundation
import Identities
import Testing

@testable import Attention
@testable import Results

/// A unit whose predictors have the given worths and mass lifts; entropy falls as lift rises.
private func unit(
    probe: String, fold: Int, seed: Int = 0, worths: [Double], lifts: [Double], located: Bool = true
) -> UnitAttention {
    func figures(_ lift: Double) -> LocationFigures {
        LocationFigures(
            massLift: lift, pointing: lift / 10, averagePrecision: lift / 10, overlap: lift / 20, threshold: 0.5,
            centroid: nil)
    }
    let predictors = worths.indices.map { number in
        UnitAttention.Predictor(
            number: number, uniform: UnitAttention.Worth(metric: worths[number], logLoss: 3 * worths[number]),
            meanMap: nil, otherSample: nil, alone: UnitAttention.Worth(), rank: number + 1,
            cumulative: UnitAttention.Worth(),
            quality: MapQuality(entropy: 1 - lifts[number] / 100, effectiveTokens: 3, highNormMass: nil))
    }
    let location = UnitLocation(
        regions: "0f", samples: 40, innerSamples: 30, uniform: figures(1), centre: figures(1.5),
        coverage: ObjectCoverage(covered: 0.8, union: 0.5),
        predictors: lifts.map { MapLocation(own: figures($0), meanMap: figures($0 / 2), samples: 40) })
    var findings = AttentionFindings(
        metric: "top1", greaterIsBetter: true, scores: AttentionFindings.Scores(metric: 0.9, logLoss: 0.3),
        predictors: predictors, all: UnitAttention.Worth(metric: worths.reduce(0, +), logLoss: 1),
        overlap: nil, highNormShare: nil, samples: 50)
    findings.location = located ? location : nil
    return UnitAttention(
        name: UnitAttention.UnitName(
            features: "f", task: "t", layer: 6, probe: probe, repetition: 0, heldOut: fold, draw: nil, seed: seed,
            key: UnitKey(words: 1, 2, 3, UInt64(fold)), foldCount: 4),
        findings: findings)
}

/// Four folds of one probe in which worth rises with lift, or falls.
private func units(_ probe: String, rising: Bool, seeds: Int = 1, predictors: Int = 4) -> [UnitAttention] {
    (0..<4).flatMap { fold in
        (0..<seeds).map { seed in
            let lifts = (0..<predictors).map { 1 + Double($0) + Double(fold) / 10 }
            return unit(
                probe: probe, fold: fold, seed: seed,
                worths: lifts.map { 0.01 * (rising ? $0 : 10 - $0) }, lifts: lifts)
        }
    }
}

extension [UnitAttention] {
    fileprivate func relation(_ quality: WorthQuality, _ scope: WorthRelation.Scope) -> WorthRelation? {
        statistics.first?.relations.first { $0.quality == quality && $0.scope == scope }
    }
}

@Suite("How worth goes with where maps look")
struct AttentionStatisticsTests {
    @Test("Worth that rises with lift has ρ 1 and the slope it was made with, and ρ −1 with entropy")
    func planted() throws {
        let found = units("EP", rising: true)
        let lift = try #require(found.relation(.massLift, .within(probe: "EP")))
        #expect(lift.metric.folds == 4 && lift.points == 4)
        #expect(abs((lift.metric.spearman?.mean ?? 0) - 1) < 1e-12 && lift.metric.spearman?.halfWidth ?? 1 < 1e-9)
        #expect(abs((lift.metric.slope?.mean ?? 0) - 0.01) < 1e-12)
        #expect(abs((lift.logLoss.slope?.mean ?? 0) - 0.03) < 1e-12)
        let entropy = try #require(found.relation(.entropy, .within(probe: "EP")))
        #expect(abs((entropy.metric.spearman?.mean ?? 0) + 1) < 1e-12)
    }

    @Test("Seeds are averaged within their fold: three times the same seed make no interval narrower")
    func seeds() throws {
        func spread(_ seeds: Int) throws -> Double {
            var found = units("EP", rising: true, seeds: seeds)
            for index in found.indices where found[index].name.heldOut == 2 {
                found[index].findings.predictors[0].uniform.metric = 1
            }
            let relation = try #require(found.relation(.massLift, .within(probe: "EP")))
            #expect(relation.metric.folds == 4)
            return try #require(relation.metric.spearman?.halfWidth)
        }
        #expect(try spread(1) > 0.5)
        #expect(try abs(spread(3) - spread(1)) < 1e-12)
    }

    @Test("What holds within probes counts each probe once a fold, and two that contradict each other leave nothing")
    func opposed() throws {
        let found = units("EP", rising: true, seeds: 3) + units("MHCA", rising: false)
        let all = try #require(found.relation(.massLift, .withinAll))
        #expect(abs(all.metric.spearman?.mean ?? 1) < 1e-12)
        #expect(abs((found.relation(.massLift, .within(probe: "MHCA"))?.metric.spearman?.mean ?? 0) + 1) < 1e-12)
    }

    @Test("Predictors of unlike probes are compared by shares of what all maps are worth, and probes by that itself")
    func acrossProbes() throws {
        let found = ["A", "B", "C"].enumerated().flatMap { place, name in
            units(name, rising: true, predictors: 3 + place)
        }
        let pooled = try #require(found.relation(.massLift, .pooled))
        #expect(pooled.points == 12 && pooled.metric.folds == 4)
        // Shares of the probe with more predictors are smaller at the same lift.
        #expect((pooled.metric.spearman?.mean ?? 0) > 0.3 && (pooled.metric.spearman?.mean ?? 1) < 0.9)
        let between = try #require(found.relation(.massLift, .between))
        #expect(between.points == 3 && abs((between.metric.spearman?.mean ?? 0) - 1) < 1e-12)
    }

    @Test("Output widths of one probe are probes of their own, and not seeds of it")
    func outputWidths() throws {
        var narrow = units("EP", rising: false)
        for index in narrow.indices { narrow[index].name.outputWidth = 32 }
        let found = narrow + units("EP", rising: true)
        let low = try #require(found.relation(.massLift, .within(probe: "EP, D_o 32")))
        #expect(abs((low.metric.spearman?.mean ?? 0) + 1) < 1e-12)
        #expect(abs((found.relation(.massLift, .within(probe: "EP"))?.metric.spearman?.mean ?? 0) - 1) < 1e-12)
        #expect(found.rendered(as: .text).contains("EP, D_o 32, f layer 6"))
    }

    @Test("Two predictors, and a quality that is the same for all, have no correlation")
    func undefined() {
        #expect(units("EP", rising: true, predictors: 2).relation(.massLift, .within(probe: "EP")) == nil)
        let even = (0..<4).map { unit(probe: "EP", fold: $0, worths: [1, 2, 3], lifts: [2, 2, 2]) }
        #expect(even.relation(.massLift, .within(probe: "EP")) == nil)
        let unlocated = (0..<4).map { fold in
            unit(probe: "EP", fold: fold, worths: [1, 2, 3], lifts: [1, 2, 3], located: false)
        }
        #expect(unlocated.relation(.massLift, .within(probe: "EP")) == nil)
        #expect(unlocated.relation(.entropy, .within(probe: "EP")) != nil)
    }

    @Test("Probes that differ in every fold are found to, by the corrected test")
    func pairs() throws {
        let found = units("EP", rising: true, predictors: 6) + units("MHCA", rising: false, predictors: 3)
        let comparison = try #require(found.statistics[0].comparisons.first { $0.figure == .massLift })
        #expect(comparison.probes == ["EP", "MHCA"] && comparison.folds == 4)
        #expect(comparison.pairs[0].isResolved && comparison.pairs[0].difference > 0)
        let missing = units("EP", rising: true) + units("MHCA", rising: false).dropLast()
        #expect(missing.statistics[0].comparisons.isEmpty, "folds that one of them lacks")
    }

    @Test("An excess is over the best of the maps that know nothing of the sample")
    func excess() throws {
        let location = try #require(unit(probe: "EP", fold: 0, worths: [1, 2], lifts: [1.2, 4]).location)
        let (low, high) = (location.figure(.massLift, of: 0), location.figure(.massLift, of: 1))
        #expect(abs((low?.excess ?? 0) - (1.2 - 1.5)) < 1e-12 && abs((high?.excess ?? 0) - 2) < 1e-12)
        #expect(location.figure(.centroid, of: 0) == nil)
    }

    @Test("Every line of the CSV has as many fields as the header, with objects and without")
    func fields() {
        let found = [
            unit(probe: "EP", fold: 0, worths: [1, 2], lifts: [1, 2]),
            unit(probe: "EP", fold: 1, worths: [1, 2], lifts: [1, 2], located: false),
        ]
        let lines = found.rendered(as: .csv).split(separator: "\r\n")
        let rows = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        #expect(rows.count == 7 && Set(rows.map(\.count)).count == 1)
        let place = rows[0].firstIndex(of: "mass_lift_over_mean_map")
        #expect(place.map { rows[2][$0] } == "1" && place.map { rows[5][$0] } == "")
        let covered = rows[0].firstIndex(of: "excess_covered")
        #expect(covered.map { rows[3][$0].hasPrefix("0.3") } == true)
    }

    @Test("Text ends with the statistics, which can be had alone, and so in JSON")
    func rendered() throws {
        let found = units("EP", rising: true) + units("MHCA", rising: false)
        let text = found.rendered(as: .text)
        #expect(text.contains("Where maps lie: EP") && text.contains("centroid"))
        let alone = found.rendered(as: .text, statisticsAlone: true)
        #expect(alone.hasPrefix("How worth goes with where maps look: f layer 6, t, 4 folds, 1 seed"))
        #expect(!alone.contains("Where maps lie") && alone.contains("within EP") && alone.contains("not independent"))
        let predictors = try #require(Self.objects(found.rendered(as: .json))[0]["predictors"] as? [[String: Any]])
        let location = try #require(predictors[0]["location"] as? [String: Any])
        #expect((location["own"] as? [String: Any])?["massLift"] as? Double == 1)
        let statistics = try Self.objects(found.rendered(as: .json, statisticsAlone: true))
        #expect(statistics.count == 1 && (statistics[0]["relations"] as? [[String: Any]])?.isEmpty == false)
    }

    @Test(
        "CSV of the statistics alone has a line for each relation by metric and log-loss, and for each pair of probes")
    func statisticsLines() throws {
        let found = units("EP", rising: true) + units("MHCA", rising: false)
        let lines = found.rendered(as: .csv, statisticsAlone: true).split(separator: "\r\n")
        let rows = lines.map { Self.fields(String($0)) }
        #expect(Set(rows.map(\.count)).count == 1)
        let statistics = found.statistics
        #expect(rows.count { $0[0] == "relation" } == 2 * statistics.reduce(0) { $0 + $1.relations.count })
        let pairs = statistics.flatMap(\.comparisons).flatMap(\.pairs)
        #expect(!pairs.isEmpty && rows.count { $0[0] == "pair" } == pairs.count)
        let spearman = try #require(rows[0].firstIndex(of: "spearman"))
        let first = try #require(rows.first { $0[0] == "relation" })
        #expect(Double(first[spearman]) == statistics[0].relations[0].metric.spearman?.mean)
    }

    private static func fields(_ line: String) -> [String] {
        var (fields, isQuoted) = ([""], false)
        for character in line {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: fields.append("")
            default: fields[fields.count - 1].append(character)
            }
        }
        return fields
    }

    private static func objects(_ json: String) throws -> [[String: Any]] {
        try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
    }
}
