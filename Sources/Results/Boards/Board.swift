/// Backbones beside each other: each task's metric and its rank, by each kind of probe, at the layer and setting that inner
/// splits chose.
///
/// A pure function of a table. The same board from JSON is the earlier one of ``changes(since:)``.
package struct Board: Codable, Hashable, Sendable {
    package let tasks: [Task]
    /// One for each kind of probe that is asked for.
    package let sections: [Section]
    /// The backbone that gains are over; nil for none.
    package let baseline: String?
    /// What was left out, a line each.
    package let notes: [String]
    /// What differs from an earlier board, a line each; nil where there is none to compare with.
    package var changes: [String]?

    package struct Task: Codable, Hashable, Sendable {
        /// The task's name; with what differs (metric, folds, data) where two tasks have one name.
        package let name: String
        package let metric: String
        package let greaterIsBetter: Bool
        /// Test folds, of all repeats.
        package let folds: Int
        /// Samples that are tested in one repeat; nil where that is not known.
        package let samples: Int?
        /// The metric of predictions that know nothing of the test rows, and of perfect ones; nil where there is none.
        package let chance: Double?
        package let perfect: Double?
        /// Tasks with the same number share samples, and are one task where tasks are the evidence.
        package let cluster: Int
    }

    /// The backbones under one kind of probe.
    package struct Section: Codable, Hashable, Sendable {
        package let probe: String
        /// In order of name.
        package let entries: [Entry]
        /// Over the folds of each task, in the board's order of tasks; nil where it cannot be tested.
        package let rankings: [Ranking?]
        /// Over tasks; nil for fewer than ``Board/leastTasks`` that are independent.
        package let overTasks: Ranking?
        /// Independent tasks on which ``overTasks`` stands, or would.
        package let independentTasks: Int
    }

    /// One backbone.
    package struct Entry: Codable, Hashable, Sendable {
        package let backbone: String
        /// In the board's order of tasks; nil where the backbone has no row.
        package let cells: [Cell?]
        /// The mean over tasks of ``Cell/normalized``, tasks that share samples counting as one; nil unless the backbone
        /// has all tasks.
        package let mean: Double?
    }

    /// One backbone on one task.
    package struct Cell: Codable, Hashable, Sendable {
        package let mean: Double?
        /// Half the 95 % interval over folds.
        package let halfWidth: Double?
        /// (metric − chance)/(perfect − chance): 0 for chance and 1 for perfect, whatever the metric.
        package let normalized: Double?
        /// How the heads were trained, where that could overturn a rank.
        package let marks: [RowMark]
        package let foldsDone: Int
        package let foldsPlanned: Int
        /// The layers that inner splits chose, with their numbers of folds: `6×2 4`.
        package let layers: String
    }

    /// The fewest independent tasks over which backbones are tested.
    package static let leastTasks = 6
}

/// Backbones in order, with what can be told of their ranks.
package struct Ranking: Codable, Hashable, Sendable {
    /// Best first.
    package let rows: [Row]
    /// Of indices into `rows`.
    package let pairs: [PairTest]
    /// Neighbours in the order that differ significantly, of `rows.count` − 1.
    package let adjacentResolved: Int
    /// The first neighbours that do not; nil if all do.
    package let firstOpen: OpenPair?
    /// The best score as found, and without the luck of having been chosen; nil for fewer than two folds or tasks.
    package let best: BestOfMany?
    /// Over tasks alone, and on request.
    package let nemenyi: Nemenyi?
    /// Over tasks alone: the probability of each pair on a task that was not seen, in the order of `pairs`.
    package let hierarchical: [HierarchicalTest?]?

    package struct Row: Codable, Hashable, Sendable {
        package let backbone: String
        /// The metric, or the mean of normalised metrics over tasks.
        package let score: Double
        /// With simultaneous 95 % coverage.
        package let rank: ClosedRange<Int>
        /// Backbones that share a letter cannot be told apart.
        package let letters: String
        /// Over the baseline, positive where this one is better.
        package let gain: Gain?
    }

    package struct Gain: Codable, Hashable, Sendable {
        package let difference: Double
        /// Half the 95 % interval; nil for a single task.
        package let halfWidth: Double?
    }

    /// Two neighbours that cannot be told apart, and what would tell them apart if difference and spread stayed as found.
    package struct OpenPair: Codable, Hashable, Sendable {
        package let first: String
        package let second: String
        /// Over folds, how many times as many samples; nil where the pair shows no difference.
        package let sampleFactor: Double?
        /// Over folds, samples beside those that there are.
        package let moreSamples: Int?
        /// Over tasks, independent tasks beside those that there are.
        package let moreTasks: Int?
    }

    /// Mean ranks and their critical difference, which depend on who else is on the board.
    package struct Nemenyi: Codable, Hashable, Sendable {
        package let meanRanks: [Double]
        package let criticalDifference: Double
    }
}

/// What a board is asked for.
package struct BoardSettings: Hashable, Sendable {
    /// Probes by type or label, one section each; none for ``standardProbes``.
    package var probes: [String]
    package var baseline: String?
    /// Differences of normalised metrics up to this size are practically none.
    package var equivalence: Double
    package var wantsNemenyi: Bool

    package init(
        probes: [String] = [], baseline: String? = nil, equivalence: Double = 0.01, wantsNemenyi: Bool = false
    ) {
        self.probes = probes
        self.baseline = baseline
        self.equivalence = equivalence
        self.wantsNemenyi = wantsNemenyi
    }

    /// Without training, linear, and attentive.
    package static let standardProbes = ["knn", "linear", "efficient"]
}

/// Why there is no board.
package struct BoardError: Error, Hashable, Sendable, CustomStringConvertible {
    package let found: String
    package let remedy: String

    package var description: String { "\(found) \(remedy)" }
}
