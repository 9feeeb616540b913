import Attention

extension [UnitAttention] {
    /// A line for each predictor and one for each unit's set, told apart by their first field.
    var csv: String {
        let header =
            [
                "record", "features", "task", "layer", "probe", "output", "repetition", "held_out", "draw", "seed",
                "key",
                "metric",
                "samples", "score", "log_loss", "predictors", "predictor", "rank", "uniform", "uniform_standard_error",
                "share", "mean_map",
                "other_sample", "alone", "cumulative", "uniform_log_loss",
                "uniform_log_loss_standard_error", "mean_map_log_loss", "other_sample_log_loss",
                "alone_log_loss", "cumulative_log_loss", "entropy", "effective_tokens", "high_norm_mass",
                "high_norm_share",
                "all", "all_log_loss", "dissimilarity", "permuted_dissimilarity", "excess_dissimilarity", "map_rank",
                "effective_map_rank",
            ] + UnitLocation.columns
        return CSV.text([header] + flatMap { unit in unit.predictors.map(unit.line) + [unit.line] })
    }
}

extension UnitAttention {
    private func names(_ record: String) -> [String] {
        [
            record, name.features, name.task, "\(name.layer)", name.probe, name.outputWidth.map { "\($0)" } ?? "",
            "\(name.repetition)", "\(name.heldOut)",
            name.draw.map { "\($0)" } ?? "", "\(name.seed)", "\(name.key)", self.metric, "\(self.samples)",
            RoundTripFormat.number(self.scores.metric), RoundTripFormat.number(self.scores.logLoss),
            "\(self.predictors.count)",
        ]
    }

    fileprivate func line(_ predictor: Predictor) -> [String] {
        let worth = [predictor.meanMap, predictor.otherSample, predictor.alone, predictor.cumulative]
        let figures: [Double?] =
            [predictor.uniform.metric, predictor.uniformError?.metric, share(of: predictor)]
            + worth.map { $0?.metric } + [predictor.uniform.logLoss, predictor.uniformError?.logLoss]
            + worth.map { $0?.logLoss }
            + [predictor.quality.entropy, predictor.quality.effectiveTokens, predictor.quality.highNormMass]
        return names("predictor") + ["\(predictor.number)", "\(predictor.rank)"]
            + figures.map(RoundTripFormat.number) + Array(repeating: "", count: 8)
            + UnitLocation.cells(self.location, of: predictor.number)
    }

    fileprivate var line: [String] {
        let overlap = self.overlap
        let figures: [Double?] = [
            self.highNormShare, self.all.metric, self.all.logLoss, overlap?.dissimilarity,
            overlap?.permutedDissimilarity, overlap?.excess, overlap.map { Double($0.rank) }, overlap?.effectiveRank,
        ]
        return names("set") + Array(repeating: "", count: 18) + figures.map(RoundTripFormat.number)
            + UnitLocation.cells(self.location, of: nil)
    }
}

/// A unit's findings as JSON has them. Figures that are undefined are left out.
struct AttentionRecord: Encodable {
    let features: String
    let task: String
    let layer: Int
    let probe: String
    let output: Int?
    let repetition: Int
    let heldOut: Int
    let draw: Int?
    let seed: Int
    let key: String
    let metric: String
    let samples: Int
    let score: Double?
    let logLoss: Double?
    let all: UnitAttention.Worth
    let overlap: Overlap?
    let highNormShare: Double?
    let location: Location?
    let predictors: [Predictor]

    struct Overlap: Encodable {
        let dissimilarity: Double
        let permutedDissimilarity: Double
        let excess: Double
        let rank: Int
        let effectiveRank: Double
    }

    struct Predictor: Encodable {
        let number: Int
        let rank: Int
        let share: Double?
        let uniform: UnitAttention.Worth
        let uniformStandardError: AttentionFindings.Scores?
        let meanMap: UnitAttention.Worth?
        let otherSample: UnitAttention.Worth?
        let alone: UnitAttention.Worth
        let cumulative: UnitAttention.Worth
        let entropy: Double
        let effectiveTokens: Double
        let highNormMass: Double?
        let location: MapLocation?
    }

    /// What is said of all predictors together, and what a map reaches that knows nothing of the sample.
    struct Location: Encodable {
        let regions: String
        let samples: Int
        let innerSamples: Int
        let uniform: LocationFigures
        let centre: LocationFigures
        let coverage: ObjectCoverage
    }

    init(_ unit: UnitAttention) {
        features = unit.name.features
        task = unit.name.task
        layer = unit.name.layer
        probe = unit.name.probe
        output = unit.name.outputWidth
        repetition = unit.name.repetition
        heldOut = unit.name.heldOut
        draw = unit.name.draw
        seed = unit.name.seed
        key = "\(unit.name.key)"
        metric = unit.metric
        samples = unit.samples
        score = unit.scores.metric
        logLoss = unit.scores.logLoss
        all = unit.all
        overlap = unit.overlap.map {
            Overlap(
                dissimilarity: $0.dissimilarity, permutedDissimilarity: $0.permutedDissimilarity, excess: $0.excess,
                rank: $0.rank, effectiveRank: $0.effectiveRank)
        }
        highNormShare = unit.highNormShare
        location = unit.location.map {
            Location(
                regions: $0.regions, samples: $0.samples, innerSamples: $0.innerSamples, uniform: $0.uniform,
                centre: $0.centre, coverage: $0.coverage)
        }
        predictors = unit.predictors.map { predictor in
            Predictor(
                number: predictor.number, rank: predictor.rank, share: unit.share(of: predictor),
                uniform: predictor.uniform, uniformStandardError: predictor.uniformError, meanMap: predictor.meanMap,
                otherSample: predictor.otherSample,
                alone: predictor.alone, cumulative: predictor.cumulative, entropy: predictor.quality.entropy,
                effectiveTokens: predictor.quality.effectiveTokens, highNormMass: predictor.quality.highNormMass,
                location: unit.location?.predictors[predictor.number])
        }
    }
}
