package import Attention
package import Features
import Metrics
package import Units

extension AttentionFindings {
    /// Reads a head's maps on its test fold, and evaluates it with maps replaced.
    ///
    /// - Parameters:
    ///   - unit: Not a control: permuted labels would put other samples into the folds.
    ///   - predictions: The test fold's, by which it was scored.
    ///   - memory: Bytes that logits may take.
    ///   - regions: Objects that maps are held against.
    /// - Throws: `TrainingError` where the head's own logits are not the scored ones to the last bit.
    package static func make(
        _ reader: AttentionReader, _ unit: ProbeUnit, _ task: FeatureTask,
        _ predictions: Predictions, memory: Int, regions: SampleRegions?
    ) throws(TrainingError) -> AttentionFindings {
        guard unit.control == nil else {
            throw TrainingError(
                field: "control", problem: "maps of a control are not analysed", remedy: "analyse the unit without it")
        }
        let scoring = AblationScores(reader, unit, task, predictions, memory: memory)
        guard
            reader.logits(of: scoring.samples, under: [.none])[0].map(\.bitPattern)
                == predictions.scores.map(\.bitPattern)
        else {
            throw TrainingError(
                field: "analysis",
                problem: "the trained head's logits, computed where its maps are read, are not the scored ones",
                remedy: "this is a fault of the program, and nothing is reported of the unit")
        }
        let reading = regions.map { LocationReading($0, predictors: reader.predictors) }
        var maps = MapSummary(reader, scoring.samples, reading)
        let whole = scoring.whole.scores
        let single = SingleAblations(reader.predictors, scoring, maps)
        var found = AttentionFindings(
            metric: unit.task.metric, greaterIsBetter: Metrics.greaterIsBetter(unit.task.metric),
            scores: whole, predictors: [], all: Worth(), overlap: maps.sharing.value,
            highNormShare: maps.qualities.highNormShare, samples: predictions.rows.count)
        found.all = found.worth(of: whole, over: single.allUniform.scores)
        found.predictors = (0..<reader.predictors).map { number in
            Predictor(
                number: number, uniform: found.worth(of: whole, over: single.uniform[number].scores),
                uniformError: single.uniform[number].error,
                meanMap: single.meanMap.map { found.worth(of: whole, over: $0[number].scores) },
                otherSample: single.otherSample.map { found.worth(of: whole, over: $0[number].scores) },
                alone: found.worth(of: single.alone[number].scores, over: single.allUniform.scores), rank: 0,
                cumulative: Worth(),
                quality: maps.qualities.values[number])
        }
        found.rankPredictors(single, scoring)
        let innerSamples = try unit.thresholdSamples(task, atMost: predictions.rows.count)
        found.location = maps.location?.finish(reader, innerSamples: innerSamples)
        return found
    }

    /// Orders predictors by worth, and ablates them in that order, one more at a time. The first alone and all of them
    /// were ablated before.
    private mutating func rankPredictors(_ single: SingleAblations, _ scoring: AblationScores) {
        let order = predictors.sorted { $0.isWorthMore(than: $1) }.map(\.number)
        let between = order.indices.dropFirst().dropLast()
        let others = scoring.scores(between.map { AttentionAblation(.uniform, of: Array(order[...$0])) })
        let known = order.count > 1 ? [single.uniform[order[0]]] : []
        for (place, ablated) in (known + others + [single.allUniform]).enumerated() {
            predictors[order[place]].rank = place + 1
            predictors[order[place]].cumulative = worth(of: self.scores, over: ablated.scores)
        }
    }
}

extension AttentionFindings.Predictor {
    /// By the metric, then by log-loss, then by number.
    fileprivate func isWorthMore(than other: Self) -> Bool {
        let (own, others) = (uniform.metric ?? 0, other.uniform.metric ?? 0)
        if own != others { return own > others }
        let (loss, otherLoss) = (uniform.logLoss ?? 0, other.uniform.logLoss ?? 0)
        return loss == otherLoss ? number < other.number : loss > otherLoss
    }
}

/// What maps say by themselves, from one reading of the tokens.
private struct MapSummary {
    var qualities: MapQualities
    var sharing: MapSharing
    var mean = MeanMap()
    var location: LocationReading?

    /// Seeds the permutations of tokens: one for all heads.
    private static let seed: UInt64 = 0

    init(_ reader: AttentionReader, _ samples: [Int], _ location: LocationReading?) {
        self.location = location
        var (qualities, mean, location) = (MapQualities(predictors: reader.predictors), MeanMap(), location)
        var sharing = MapSharing(predictors: reader.predictors, seed: Self.seed)
        reader.maps(of: samples) { place, maps, norms in
            qualities.add(maps, norms: norms)
            sharing.add(maps, ofSample: samples[place])
            mean.add(maps)
            location?.add(maps, sample: samples[place], tokens: norms.count)
        }
        (self.qualities, self.sharing, self.mean, self.location) = (qualities, sharing, mean, location)
    }
}

/// The scores of a head with single maps replaced, single maps kept, and all replaced.
private struct SingleAblations {
    let allUniform: AblatedScores
    let uniform: [AblatedScores]
    let alone: [AblatedScores]
    let meanMap: [AblatedScores]?
    let otherSample: [AblatedScores]?

    init(_ count: Int, _ scoring: AblationScores, _ maps: MapSummary) {
        let all = Array(0..<count)
        func each(_ replacement: AttentionAblation.Replacement) -> [AttentionAblation] {
            all.map { AttentionAblation(replacement, of: [$0]) }
        }
        let alone = all.map { kept in AttentionAblation(.uniform, of: all.filter { $0 != kept }) }
        let meanMap = maps.mean.weights
        // Tokens of samples that differ in length have no common place, and one sample has no other.
        let ofOthers = meanMap == nil ? [] : each(.meanMap) + (scoring.samples.count > 1 ? each(.otherSample) : [])
        let scores = scoring.scores(
            [AttentionAblation(.uniform, of: all)] + each(.uniform) + alone + ofOthers, meanMap: meanMap)
        func part(_ index: Int) -> [AblatedScores]? {
            let start = 1 + index * count
            return start < scores.count ? Array(scores[start..<start + count]) : nil
        }
        allUniform = scores[0]
        (uniform, self.alone) = (part(0) ?? [], part(1) ?? [])
        (self.meanMap, otherSample) = (part(2), part(3))
    }
}
