import Attention

extension [UnitAttention] {
    /// A table of predictors for each unit, the most worth first, and one of all units.
    ///
    /// Columns without any value are left out; ``reasonsLeftOut`` says why.
    var grids: [Grid] { (map(\.grid) + [sets]).map(\.withoutMissingColumns) }

    /// Why columns are left out, a line for each reason.
    var reasonsLeftOut: [String] {
        func tasks(_ lacks: (UnitAttention) -> Bool) -> String? {
            let names = Set(filter(lacks).map { "\($0.name.task) over \($0.name.features)" }).sorted()
            return names.isEmpty ? nil : names.joined(separator: ", ")
        }
        let unlike = tasks { $0.predictors.allSatisfy { $0.meanMap == nil } }
        let single = tasks { $0.predictors.contains { $0.meanMap != nil && $0.otherSample == nil } }
        let lossless = tasks { $0.scores.logLoss == nil }
        let normless = tasks { unit in unit.predictors.allSatisfy { $0.quality.highNormMass == nil } }
        let alone = Set(filter { $0.overlap == nil }.map(\.name.probe)).sorted()
        let reasons: [String?] = [
            unlike.map { "No b and c of \($0): samples differ in length, so that no map fits another sample." },
            single.map { "No c of \($0): a single test sample has no other." },
            lossless.map { "No loss of \($0): such tasks have none." },
            normless.map { "No high norm of \($0): the norms of tokens are not known." },
            alone.isEmpty
                ? nil
                : "No dissimilarity and map rank of \(alone.joined(separator: ", ")): a single map shares no work.",
        ]
        return reasons.compactMap { $0 }
    }

    /// How the predictors of each unit share the work.
    private var sets: Grid {
        Grid(
            title: "What all maps are worth, and how predictors share the work",
            columns: [
                .left("probe"), .left("features"), .right("layer"), .left("task"), .right("fold"), .right("seed"),
                .right("M"), .right("all"), .right("log-loss"), .right("dissimilarity"), .right("permuted"),
                .right("excess"), .right("map rank"), .right("eff. map rank"),
            ],
            rows: map { unit in
                let name = unit.name
                return [
                    name.sizedProbe, name.features, "\(name.layer)", name.task, name.fold, "\(name.seed)",
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
            title: "\(name.sizedProbe), \(name.features) layer \(name.layer), \(name.task), fold \(name.fold), seed "
                + "\(name.seed): \(self.metric) \(NumberFormat.fixed(self.scores.metric))\(logLoss), \(self.samples) samples\(high)",
            columns: [
                .right("rank"), .right("map"), .right("a"), .right("s.e."), .right("share"), .right("b"), .right("c"),
                .right("alone"),
                .right("lost"), .right("loss a"), .right("loss b"), .right("loss c"), .right("entropy"),
                .right("tokens"), .right("high norm"),
            ],
            rows: self.predictors.sorted { $0.rank < $1.rank }.map(cells))
    }

    private func cells(_ predictor: Predictor) -> [String] {
        [
            "\(predictor.rank)", "\(predictor.number)", NumberFormat.fixed(predictor.uniform.metric),
            NumberFormat.fixed(predictor.uniformError?.metric), NumberFormat.fixed(share(of: predictor), 2),
            NumberFormat.fixed(predictor.meanMap?.metric),
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
    /// The probe with its output width, by which two of one label are told apart.
    var sizedProbe: String { probe + (outputWidth.map { ", D_o \($0)" } ?? "") }

    /// Repetition and held-out fold, and the draw of a low-shot unit.
    var fold: String { "\(repetition).\(heldOut)" + (draw.map { ", draw \($0)" } ?? "") }
}
