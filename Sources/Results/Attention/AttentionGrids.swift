import Attention

extension [UnitAttention] {
    /// A table of predictors for each unit, the most worth first, and one of all units.
    var grids: [Grid] { map(\.grid) + [sets] }

    /// How the predictors of each unit share the work.
    private var sets: Grid {
        Grid(
            title: "What all maps are worth, and how predictors share the work",
            columns: [
                .left("probe"), .left("features"), .right("layer"), .left("task"), .right("fold"), .right("seed"),
                .right("M"), .right("all"), .right("log-loss"), .right("unlike"), .right("permuted"), .right("excess"),
                .right("rank"), .right("eff. rank"),
            ],
            rows: map { unit in
                let name = unit.name
                return [
                    name.probe, name.features, "\(name.layer)", name.task, name.fold, "\(name.seed)",
                    "\(unit.predictors.count)", NumberFormat.fixed(unit.all.metric),
                    NumberFormat.fixed(unit.all.logLoss), NumberFormat.fixed(unit.overlap?.dissimilarity, 3),
                    NumberFormat.fixed(unit.overlap?.permutedDissimilarity, 3),
                    NumberFormat.fixed(unit.overlap?.excess, 3),
                    unit.overlap.map { "\($0.rank)" } ?? NumberFormat.missing,
                    NumberFormat.significant(unit.overlap?.effectiveRank),
                ]
            })
    }
}

extension UnitAttention {
    fileprivate var grid: Grid {
        let logLoss = self.scores.logLoss.map { ", log-loss \(NumberFormat.fixed($0))" } ?? ""
        let high = self.highNormShare.map { ", \(NumberFormat.percent($0)) % of tokens of high norm" } ?? ""
        return Grid(
            title: "\(name.probe), \(name.features) layer \(name.layer), \(name.task), fold \(name.fold), seed "
                + "\(name.seed): \(self.metric) \(NumberFormat.fixed(self.scores.metric))\(logLoss), \(self.samples) samples\(high)",
            columns: [
                .right("rank"), .right("map"), .right("a"), .right("share"), .right("b"), .right("c"), .right("alone"),
                .right("lost"), .right("loss a"), .right("loss b"), .right("loss c"), .right("entropy"),
                .right("tokens"), .right("high norm"),
            ],
            rows: self.predictors.sorted { $0.rank < $1.rank }.map(cells))
    }

    private func cells(_ predictor: Predictor) -> [String] {
        [
            "\(predictor.rank)", "\(predictor.number)", NumberFormat.fixed(predictor.uniform.metric),
            NumberFormat.fixed(share(of: predictor), 2), NumberFormat.fixed(predictor.meanMap?.metric),
            NumberFormat.fixed(predictor.otherSample?.metric), NumberFormat.fixed(predictor.alone.metric),
            NumberFormat.fixed(predictor.cumulative.metric), NumberFormat.fixed(predictor.uniform.logLoss),
            NumberFormat.fixed(predictor.meanMap?.logLoss), NumberFormat.fixed(predictor.otherSample?.logLoss),
            NumberFormat.fixed(predictor.quality.entropy, 3),
            NumberFormat.significant(predictor.quality.effectiveTokens),
            NumberFormat.fixed(predictor.quality.highNormMass, 3),
        ]
    }
}

extension UnitAttention.UnitName {
    /// Repetition and held-out fold, and the draw of a low-shot unit.
    var fold: String { "\(repetition).\(heldOut)" + (draw.map { ", draw \($0)" } ?? "") }
}
