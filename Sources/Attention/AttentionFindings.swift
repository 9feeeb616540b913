/// What one trained head attends to, and what that is worth: one probe on one layer, fold and seed.
package struct AttentionFindings: Hashable, Sendable, Codable {
    /// The task's metric, and whether more of it is better.
    package var metric: String
    package var greaterIsBetter: Bool
    /// Of the head as it was trained, on the test fold.
    package var scores: Scores
    /// By number.
    package var predictors: [Predictor]
    /// What replacing all maps by uniform ones takes away.
    package var all: Worth
    /// Nil for a probe with one predictor.
    package var overlap: MapOverlap?
    /// The share of tokens of unusually high norm; see `MapQuality.highNormMass`.
    package var highNormShare: Double?
    /// Samples of the test fold.
    package var samples: Int
    /// Nil where the feature set has neither boxes nor masks of the samples.
    package var location: UnitLocation?

    package init(
        metric: String, greaterIsBetter: Bool, scores: Scores, predictors: [Predictor], all: Worth,
        overlap: MapOverlap?, highNormShare: Double?, samples: Int
    ) {
        self.metric = metric
        self.greaterIsBetter = greaterIsBetter
        self.scores = scores
        self.predictors = predictors
        self.all = all
        self.overlap = overlap
        self.highNormShare = highNormShare
        self.samples = samples
        location = nil
    }

    /// A head's figures under some ablation.
    package struct Scores: Hashable, Sendable, Codable {
        /// Nil where it is undefined.
        package var metric: Double?
        /// In nats; nil for tasks that have none.
        package var logLoss: Double?

        package init(metric: Double? = nil, logLoss: Double? = nil) {
            self.metric = metric
            self.logLoss = logLoss
        }
    }

    /// By how much the head is better than under an ablation, both signed so that more is better.
    package struct Worth: Hashable, Sendable, Codable {
        package var metric: Double?
        package var logLoss: Double?

        package init(metric: Double? = nil, logLoss: Double? = nil) {
            self.metric = metric
            self.logLoss = logLoss
        }
    }

    /// One query, or one head of the attention.
    package struct Predictor: Hashable, Sendable, Codable {
        /// From 0, as rows of the head's tensors have it.
        package var number: Int
        /// Of its map over the uniform one.
        package var uniform: Worth
        /// The standard error of `uniform` over the samples of the test fold; nil for a metric that is no mean over
        /// samples.
        package var uniformError: Scores?
        /// Over its mean map; nil where samples differ in length.
        package var meanMap: Worth?
        /// Over its map of another sample; nil where samples differ in length.
        package var otherSample: Worth?
        /// Of this predictor's map, where all others are uniform, over all uniform.
        package var alone: Worth
        /// Its place in the order of worth, from 1.
        package var rank: Int
        /// Of the maps up to this rank together: what is lost when they are all uniform.
        package var cumulative: Worth
        package var quality: MapQuality

        package init(
            number: Int, uniform: Worth, uniformError: Scores? = nil, meanMap: Worth?, otherSample: Worth?,
            alone: Worth, rank: Int,
            cumulative: Worth, quality: MapQuality
        ) {
            self.number = number
            self.uniform = uniform
            self.uniformError = uniformError
            self.meanMap = meanMap
            self.otherSample = otherSample
            self.alone = alone
            self.rank = rank
            self.cumulative = cumulative
            self.quality = quality
        }
    }
}

extension AttentionFindings {
    /// The figures' difference, signed so that a head that is better than the ablated one is worth more than 0.
    package func worth(of scores: Scores, over ablated: Scores) -> Worth {
        func difference(_ first: Double?, _ second: Double?) -> Double? {
            first.flatMap { first in second.map { first - $0 } }
        }
        let metric = difference(scores.metric, ablated.metric)
        return Worth(
            metric: greaterIsBetter ? metric : metric.map { 0 - $0 },
            logLoss: difference(ablated.logLoss, scores.logLoss))
    }

    /// A predictor's part of what all are worth together, by the metric: the one figure in which probes with unlike
    /// numbers of predictors compare. Nil where all together are worth nothing.
    package func share(of predictor: Predictor) -> Double? {
        guard let own = predictor.uniform.metric, let all = all.metric, all > 0 else { return nil }
        return own / all
    }
}
