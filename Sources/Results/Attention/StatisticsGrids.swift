extension [UnitAttention] {
    /// Two tables for each layer and task: how worth goes with qualities, and which probes differ.
    var statisticsGrids: [Grid] { statistics.flatMap { [$0.relationGrid] + $0.comparisonGrids } }
}

extension AttentionStatistics {
    private var place: String {
        "\(features) layer \(layer), \(task), \(folds) \(folds == 1 ? "fold" : "folds"), "
            + "\(seeds) \(seeds == 1 ? "seed" : "seeds")"
    }

    fileprivate var relationGrid: Grid {
        Grid(
            title: "How worth goes with where maps look: \(place)",
            columns: [
                .left("quality"), .left("points"), .right("n"), .right("ρ \(metric)"), .right("±95%"), .right("slope"),
                .right("±95%"), .right("ρ log-loss"), .right("±95%"), .right("slope"), .right("±95%"), .right("folds"),
            ],
            rows: relations.map { relation in
                [relation.quality.title, relation.scope.title, NumberFormat.significant(relation.points)]
                    + relation.metric.cells + relation.logLoss.cells
                    + ["\(max(relation.metric.folds, relation.logLoss.folds))"]
            })
    }

    fileprivate var comparisonGrids: [Grid] {
        guard !comparisons.isEmpty else { return [] }
        return [
            Grid(
                title: "How probes differ in what they look at: \(place)",
                columns: [
                    .left("by"), .left("probe"), .right("mean"), .left("more than, resolved at 5 % over all pairs"),
                ], rows: comparisons.flatMap(\.rows))
        ]
    }
}

extension WorthRelation.Line {
    fileprivate var cells: [String] {
        [
            NumberFormat.fixed(spearman?.mean, 2), NumberFormat.fixed(spearman?.halfWidth, 2),
            NumberFormat.fixed(slope?.mean), NumberFormat.fixed(slope?.halfWidth),
        ]
    }
}

extension ProbeComparison {
    /// A line for each probe, the greatest mean first, with the probes that it is found to exceed.
    fileprivate var rows: [[String]] {
        probes.indices.sorted { means[$0] > means[$1] }.map { probe in
            let exceeded = pairs.filter { $0.favours(probe) }.map { $0.first == probe ? $0.second : $0.first }
            return [
                figure.title, probes[probe], NumberFormat.fixed(means[probe]),
                exceeded.isEmpty ? NumberFormat.missing : exceeded.map { probes[$0] }.joined(separator: ", "),
            ]
        }
    }
}
