extension [AttentionStatistics] {
    /// A line for each relation by the metric and one by log-loss, and one for each pair of probes, told apart by their
    /// first field.
    var csv: String {
        let header = [
            "record", "features", "layer", "task", "folds", "seeds", "figure", "points", "n", "worth", "spearman",
            "spearman_half_width", "slope", "slope_half_width", "defined_folds", "first", "second", "difference",
            "half_width", "p", "corrected_p",
        ]
        return CSV.text([header] + flatMap { $0.relationLines + $0.pairLines })
    }
}

extension AttentionStatistics {
    private func names(_ record: String) -> [String] {
        [record, features, "\(layer)", task, "\(folds)", "\(seeds)"]
    }

    fileprivate var relationLines: [[String]] {
        relations.flatMap { relation in
            [(metric, relation.metric), ("log_loss", relation.logLoss)].map { worth, line in
                names("relation")
                    + [
                        relation.quality.rawValue, relation.scope.title, RoundTripFormat.number(relation.points),
                        worth, RoundTripFormat.number(line.spearman?.mean),
                        RoundTripFormat.number(line.spearman?.halfWidth), RoundTripFormat.number(line.slope?.mean),
                        RoundTripFormat.number(line.slope?.halfWidth), "\(line.folds)",
                    ] + Array(repeating: "", count: 6)
            }
        }
    }

    fileprivate var pairLines: [[String]] {
        comparisons.flatMap { comparison in
            comparison.pairs.map { pair in
                names("pair") + [comparison.figure.rawValue] + Array(repeating: "", count: 8)
                    + [
                        comparison.probes[pair.first], comparison.probes[pair.second],
                        RoundTripFormat.number(pair.difference), RoundTripFormat.number(pair.halfWidth),
                        RoundTripFormat.number(pair.pValue), RoundTripFormat.number(pair.correctedPValue),
                    ]
            }
        }
    }
}
