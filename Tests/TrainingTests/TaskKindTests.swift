import Features
import Metrics
import Numerics
import Probes
import Sweeps
import Testing
import Units

@testable import Training

@Suite("Every kind of task")
struct TaskKindTests {
    /// Well above what a prediction that knows nothing scores, and well below what training reaches.
    static let thresholds: [String: Double] = [
        "macro-average-precision": 0.7, "micro-average-precision": 0.7, "sample-average-precision": 0.75,
        "macro-f1": 0.5, "average-precision": 0.45, "roc-auc": 0.7, "kendall-tau": 0.3, "grouped-kendall-tau": 0.2,
        "spearman": 0.35, "r2": 0.05, "mean-average-precision": 0.5, "mean-reciprocal-rank": 0.6, "top1": 0.4,
    ]

    /// The least is asked of the portable path, which has the same bits on every machine.
    @Test("is learned by every training method, on every path as well as on the portable one")
    func learns() throws {
        let set = try SyntheticSet()
        for kind in try UnitsUnderTest.seeded(UnitsUnderTest.kinds()) {
            // Fifty rows a fold say little of one head.
            let (portable, task) = (try SeededScores(kind, in: set, on: .portable), kind[0].task)
            let name = "\(task) \(kind[0].probe.type)"
            if task.metric == "mean-absolute-error" {
                // The mean of four equally frequent numbers 300 apart errs by 300.
                #expect(portable.mean < 240, "\(name): \(portable.mean)")
            } else {
                let least = try #require(Self.thresholds[task.metric])
                #expect(portable.mean > least, "\(name): \(portable.mean)")
            }
            let step = task.metric == "mean-absolute-error" ? 12 : 0.02
            for path in KernelPath.available where path != .portable {
                try SeededScores(kind, in: set, on: path).expectAlike(portable, step: step, name)
            }
        }
    }

    @Test("Predicted numbers have the unit of the targets, in the exported head too")
    func unit() throws {
        let set = try SyntheticSet()
        let unit = try UnitsUnderTest.unit(kind: "regression", metric: "r2")
        let trained = try #require(try set.train([unit])[unit.key]?.trained)
        let mean = trained.predictions.scores.reduce(0, +) / Float(trained.predictions.scores.count)
        #expect(abs(mean - 5450) < 200)
        let head = try #require(trained.head)
        let predictor = try HeadPredictor(
            HeadFile(head, HeadDescription(unit, classNames: nil)), layer: set.layer, threads: 1,
            on: .fromEnvironment())
        #expect(predictor.logits(of: trained.predictions.rows) == trained.predictions.scores)
    }

    @Test("Stored predictions reproduce every reported metric")
    func rescored() throws {
        let set = try SyntheticSet()
        let units = try UnitsUnderTest.kinds().filter { $0.task.sampling == nil }
        let (outcomes, tasks) = (try set.train(units), try set.tasks())
        for unit in units {
            let trained = try #require(outcomes[unit.key]?.trained)
            let task = try #require(tasks[unit.task.name])
            let prediction = Prediction(
                scores: trained.predictions.scores, truth: task.truth(trained.predictions.rows))
            for (name, value) in trained.result.metrics where !name.contains("-without-") && !name.contains("skipped") {
                #expect(prediction.value(of: name) == value, "\(name)")
            }
        }
    }

    @Test("Every metric and count that training reports has a known name and a valid value")
    func ranges() throws {
        let set = try SyntheticSet()
        let units = try UnitsUnderTest.kinds()
        #expect(Set(units.map(\.task.kind)).count == 6)
        for outcome in try set.train(units).values {
            let result = try #require(outcome.trained?.result)
            for (name, value) in result.metrics {
                let values = try #require(Metrics.values(of: name), "\(name)")
                #expect(values.contains(value), "\(name) is \(value), expected \(values)")
            }
            #expect(result.trainingSamples >= 0 && result.testSamples >= 1)
            #expect(result.candidateScores.allSatisfy { $0.isFinite })
        }
    }

    @Test("Sampled negatives have the exact ratio in every group")
    func sampling() throws {
        let labels: [Int32] = [1, 1, 1, 0, 0, 0, 0] + [1, 0, 0, 0, 0, 0, 0, 0] + [0, 0, 0] + [1, 0]
        let groups: [Int32] = Array(repeating: 4, count: 7) + Array(repeating: 9, count: 8) + [1, 1, 1] + [2, 2]
        let task = FeatureTask(
            name: "clips", kind: .retrieval, metric: "average-precision", classes: 2,
            samples: Array(0..<labels.count), targets: .classes(labels), groups: groups)
        let drawn = try #require(task.sampled(negatives: 3, seed: 5))
        let kept = Dictionary(grouping: drawn.samples.indices) { drawn.groups?[$0] ?? -1 }
        #expect(kept.keys.sorted() == [4, 9])
        for rows in kept.values { #expect(rows.map { drawn.labels[$0] }.sorted() == [0, 0, 0, 1]) }
        #expect(task.sampled(negatives: 3, seed: 5) == drawn)
        #expect(task.sampled(negatives: 9, seed: 5) == nil)
    }

    @Test("Logistic units reject tasks that logistic regression cannot predict", arguments: ["ranking", "regression"])
    func refusal(_ kind: String) throws {
        let set = try SyntheticSet()
        let unit = try UnitsUnderTest.unit(kind: kind, metric: "spearman", solver: UnitsUnderTest.logistic())
        #expect(try set.train([unit])[unit.key]?.error?.field == "solver.logistic")
    }
}
