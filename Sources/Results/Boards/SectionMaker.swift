import Units

/// The backbones under one probe while their section is made.
struct SectionMaker {
    let probe: String
    let tasks: [BoardTask]
    let clusters: [Int]
    /// Of each task, by backbone.
    let rows: [[String: ResultRow]]
    let settings: BoardSettings
    /// Tasks whose metrics can be normalised, those that share samples together.
    private let comparedClusters: [[Int]]

    init(
        probe: String, tasks: [BoardTask], clusters: [Int], rows: [[String: ResultRow]], settings: BoardSettings
    ) {
        (self.probe, self.tasks, self.clusters) = (probe, tasks, clusters)
        (self.rows, self.settings) = (rows, settings)
        let compared = tasks.indices.filter { tasks[$0].scale != nil && !rows[$0].isEmpty }
        comparedClusters = Dictionary(grouping: compared) { clusters[$0] }.sorted { $0.key < $1.key }.map(\.value)
    }

    var section: Board.Section {
        let entries = backbones.map { backbone in
            Board.Entry(backbone: backbone, cells: tasks.indices.map { cell(backbone, $0) }, mean: mean(of: backbone))
        }
        return Board.Section(
            probe: probe, entries: entries, rankings: tasks.indices.map { ranking(ofTask: $0) }, overTasks: overTasks,
            independentTasks: comparedClusters.count)
    }

    private var backbones: [String] { Set(rows.flatMap(\.keys)).sorted() }

    private func cell(_ backbone: String, _ task: Int) -> Board.Cell? {
        rows[task][backbone].map { row in
            Board.Cell(
                mean: row.estimate?.mean, halfWidth: row.estimate?.halfWidth,
                normalized: normalized(backbone, task),
                marks: TrainingMarks(of: row).marks.filter { $0.kind.qualifier != nil }, foldsDone: row.foldsDone,
                foldsPlanned: row.folds.count, layers: row.layerSummary)
        }
    }

    /// Nil unless the backbone is complete on the task, whose chance is known.
    private func normalized(_ backbone: String, _ task: Int) -> Double? {
        guard let row = rows[task][backbone], row.isComplete else { return nil }
        return row.estimate.flatMap { tasks[task].normalized($0.mean) }
    }

    // MARK: Over the folds of one task

    private func ranking(ofTask task: Int) -> Ranking? {
        let complete = backbones.compactMap { backbone -> (name: String, scores: [Double])? in
            guard let row = rows[task][backbone], row.isComplete else { return nil }
            let scores = row.folds.compactMap { $0.result?.score }
            return scores.count == row.folds.count ? (backbone, scores) : nil
        }
        guard complete.count > 1, let folds = rows[task].first?.value.unit.fold.count else { return nil }
        let direction: Double = tasks[task].greaterIsBetter ? 1 : -1
        let ordered = RankedScores(
            complete.map(\.name), complete.map { $0.scores.map { direction * $0 } })
        guard let pairs = PairTest.overFolds(ordered.scores, folds: folds) else { return nil }
        let samples = tasks[task].samples
        return ordered.ranking(
            pairs, direction: direction, gains: gains(ordered, pairs),
            open: { first, second, differences in
                let factor = PowerEstimate.sampleFactor(differences, folds: folds, pairs: pairs.count)
                let more = factor.flatMap { factor in samples.map { (factor - 1) * Double($0) } }
                return Ranking.OpenPair(
                    first: first, second: second, sampleFactor: factor,
                    moreSamples: more.map { Int(min($0, 1e15).rounded(.up)) }, moreTasks: nil)
            })
    }

    /// Over the baseline, from the tests of pairs with it.
    private func gains(_ ordered: RankedScores, _ pairs: [PairTest]) -> [Ranking.Gain?] {
        guard let place = settings.baseline.flatMap({ ordered.names.firstIndex(of: $0) }) else {
            return ordered.names.map { _ in nil }
        }
        return ordered.names.indices.map { own in
            pairs.first { [$0.first, $0.second].sorted() == [own, place].sorted() }.map { pair in
                Ranking.Gain(
                    difference: pair.first == own ? pair.difference : -pair.difference, halfWidth: pair.halfWidth)
            }
        }
    }

    // MARK: Over tasks

    /// The mean of normalised metrics in each cluster of tasks; nil unless the backbone is complete on all.
    private func clusterScores(of backbone: String) -> [Double]? {
        let scores = comparedClusters.map { cluster -> Double? in
            ResultRow.average(cluster.map { normalized(backbone, $0) })
        }
        let known = scores.compactMap { $0 }
        return known.count == scores.count && !known.isEmpty ? known : nil
    }

    private func mean(of backbone: String) -> Double? {
        clusterScores(of: backbone).map { $0.reduce(0, +) / Double($0.count) }
    }

    private var overTasks: Ranking? {
        let complete = backbones.compactMap { backbone in clusterScores(of: backbone).map { (backbone, $0) } }
        guard complete.count > 1, comparedClusters.count >= Board.leastTasks else { return nil }
        let ordered = RankedScores(complete.map(\.0), complete.map(\.1))
        let pairs = PairTest.overTasks(ordered.scores)
        let friedman = settings.wantsNemenyi ? FriedmanTest(ordered.scores) : nil
        return ordered.ranking(
            pairs, direction: 1, gains: gainsOverTasks(ordered),
            open: { first, second, differences in
                let needed = PowerEstimate.tasks(differences, pairs: pairs.count)
                return Ranking.OpenPair(
                    first: first, second: second, sampleFactor: nil, moreSamples: nil,
                    moreTasks: needed.map { max(1, $0 - differences.count) })
            },
            nemenyi: friedman.map {
                Ranking.Nemenyi(meanRanks: $0.meanRanks, criticalDifference: $0.criticalDifference())
            },
            hierarchical: pairs.map { hierarchical(ordered.names[$0.first], ordered.names[$0.second]) })
    }

    /// Mean differences over clusters with the interval of Student's t: clusters are independent, as folds are not.
    private func gainsOverTasks(_ ordered: RankedScores) -> [Ranking.Gain?] {
        guard let place = settings.baseline.flatMap({ ordered.names.firstIndex(of: $0) }) else {
            return ordered.names.map { _ in nil }
        }
        return ordered.names.indices.map { own in
            guard own != place else { return nil }
            let differences = zip(ordered.scores[own], ordered.scores[place]).map { $0 - $1 }
            let count = Double(differences.count)
            let mean = differences.reduce(0, +) / count
            let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, count - 1)
            let quantile = StudentDistribution.quantile975(degreesOfFreedom: max(1, differences.count - 1))
            return Ranking.Gain(
                difference: mean, halfWidth: count > 1 ? quantile * (variance / count).squareRoot() : nil)
        }
    }

    /// Tasks of a cluster are taken to be wholly correlated, so that their standard errors are averaged.
    private func hierarchical(_ first: String, _ second: String) -> HierarchicalTest? {
        let clusters = comparedClusters.compactMap { cluster -> HierarchicalTest.Task? in
            let parts = cluster.compactMap { task -> HierarchicalTest.Task? in
                guard let own = rows[task][first], let other = rows[task][second], let scale = tasks[task].scale
                else { return nil }
                let scores = zip(own.folds, other.folds).compactMap { own, other -> Double? in
                    guard let own = own.result?.score, let other = other.result?.score else { return nil }
                    return (own - other) * scale
                }
                return HierarchicalTest.Task(scores, folds: own.unit.fold.count)
            }
            guard parts.count == cluster.count else { return nil }
            let count = Double(parts.count)
            return HierarchicalTest.Task(
                mean: parts.reduce(0) { $0 + $1.mean } / count,
                standardError: parts.reduce(0) { $0 + $1.standardError } / count)
        }
        guard clusters.count == comparedClusters.count else { return nil }
        return HierarchicalTest(clusters, equivalence: settings.equivalence)
    }
}
