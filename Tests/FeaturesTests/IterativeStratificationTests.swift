import Features
import Numerics
import Testing

@Suite("Folds of a multi-label task")
struct IterativeStratificationTests {
    /// Labels from frequent to rare, which go together: a row with a rare label has its frequent neighbour more often.
    private func task(rows: Int, classes: Int, seed: UInt64 = 1) -> FeatureTask {
        let random = CounterGenerator(key: seed, stream: 0)
        var indicators = [UInt8](repeating: 0, count: rows * classes)
        for row in 0..<rows {
            for label in 0..<classes {
                let draw = Double(random.bits(at: UInt64(row * classes + label)) >> 11) / 0x1p53
                let before = label > 0 && indicators[row * classes + label - 1] == 1
                let share = 0.4 / Double(1 + label) * (before ? 2 : 1)
                indicators[row * classes + label] = draw < share ? 1 : 0
            }
        }
        return FeatureTask(
            name: "labels", kind: .multilabel, metric: "macro-average-precision", classes: classes,
            samples: Array(0..<rows), targets: .indicators(indicators))
    }

    private func positives(_ rows: [Int], of task: FeatureTask) -> [Int] {
        guard case .indicators(let indicators) = task.targets else { return [] }
        return (0..<task.classes).map { label in rows.count { indicators[$0 * task.classes + label] == 1 } }
    }

    /// The mean over labels and folds of the distance of a label's share in the fold from its share in all.
    private func deviation(_ parts: [[Int]], of task: FeatureTask) -> Double {
        let all = positives(Array(task.samples.indices), of: task)
        let distances = parts.flatMap { part in
            zip(positives(part, of: task), all).map { found, total in
                abs(Double(found) / Double(part.count) - Double(total) / Double(task.samples.count))
            }
        }
        return distances.reduce(0, +) / Double(distances.count)
    }

    @Test("hold every row once, and nearly as many rows each", arguments: [5, 10], [1, 2] as [UInt64])
    func sizes(_ count: Int, _ seed: UInt64) throws {
        let task = task(rows: 1003, classes: 20, seed: seed)
        let folds = try FoldAssignment.make(scheme: "stratified", count: count, seed: Int(seed), for: task)
        #expect(folds.foldOfSample.count == 1003)
        #expect(folds.foldOfSample.allSatisfy { (0..<Int32(count)).contains($0) })
        let sizes = (0..<count).map { folds.testRows(heldOut: $0).count }
        #expect(sizes.max()! - sizes.min()! <= 1003 / count / 10)
    }

    @Test("have label shares that deviate far less than those of plain folds", arguments: 1...5 as ClosedRange<UInt64>)
    func shares(_ seed: UInt64) throws {
        let task = task(rows: 1000, classes: 30, seed: seed)
        let (stratified, plain) = try (
            FoldAssignment.make(scheme: "stratified", count: 5, seed: 3, for: task),
            FoldAssignment.make(scheme: "plain", count: 5, seed: 3, for: task)
        )
        let deviations = [stratified, plain].map { folds in
            deviation((0..<5).map { folds.testRows(heldOut: $0) }, of: task)
        }
        #expect(deviations[0] < deviations[1] / 4)
    }

    @Test("put a positive of each label into every fold where there are as many")
    func rareLabels() throws {
        let task = task(rows: 400, classes: 40)
        let folds = try FoldAssignment.make(scheme: "stratified", count: 5, seed: 0, for: task)
        let all = positives(Array(0..<400), of: task)
        for fold in 0..<5 {
            for (label, count) in positives(folds.testRows(heldOut: fold), of: task).enumerated() where all[label] >= 10
            {
                #expect(count > 0, "label \(label) with \(all[label]) positives")
            }
        }
    }

    @Test("are none of them empty, however few rows there are and whatever labels", arguments: 5...12)
    func few(_ rows: Int) throws {
        for classes in [1, 3, 12] {
            let task = task(rows: rows, classes: classes, seed: UInt64(rows))
            let folds = try FoldAssignment.make(scheme: "stratified", count: 5, seed: 0, for: task)
            #expect(Set(folds.foldOfSample) == Set(0..<5))
        }
    }

    @Test("depend on the seed alone, and are the same on every machine")
    func repeatable() throws {
        let task = task(rows: 60, classes: 7)
        let folds = try (0..<2).map { try FoldAssignment.make(scheme: "stratified", count: 3, seed: $0, for: task) }
        #expect(folds[0] != folds[1])
        #expect(try FoldAssignment.make(scheme: "stratified", count: 3, seed: 0, for: task) == folds[0])
        #expect(
            folds[0].foldOfSample.map(String.init).joined()
                == "201020102201021121220210121101111220212020100002001021102212")
    }

    @Test("are refused for fewer rows than folds, and for fewer than two folds")
    func refused() {
        let task = task(rows: 4, classes: 3)
        #expect(throws: FoldError.fewerSamplesThanFolds(samples: 4, folds: 5)) {
            try FoldAssignment.make(scheme: "stratified", count: 5, seed: 0, for: task)
        }
        #expect(throws: FoldError.badCount(scheme: "stratified", count: 1)) {
            try FoldAssignment.make(scheme: "stratified", count: 1, seed: 0, for: task)
        }
    }

    @Test(
        "are split once more so that the held-back rows have the labels' shares", arguments: [0.1, 0.2, 0.25, 1.0 / 3])
    func innerSplits(_ fraction: Double) {
        let task = task(rows: 900, classes: 20)
        let rows = Array(0..<900).filter { $0 % 9 != 4 }
        let split = innerSplit(of: rows, fraction: fraction, seed: 5, labels: [], groups: nil, table: task.labelSets)
        #expect((split.training + split.validation).sorted() == rows)
        #expect(abs(Double(split.validation.count) - fraction * 800) <= 12)
        let expected = positives(rows, of: task).map { Double($0) * fraction }
        for (found, wanted) in zip(positives(split.validation, of: task), expected) {
            #expect(abs(Double(found) - wanted) <= 3 + 0.1 * wanted)
        }
    }

    @Test("hold back a row where there are two, and none of one")
    func smallSplits() {
        let task = task(rows: 3, classes: 2)
        func heldBack(_ rows: [Int]) -> Int {
            innerSplit(of: rows, fraction: 0.01, seed: 1, labels: [], groups: nil, table: task.labelSets).validation
                .count
        }
        #expect(heldBack([0, 1, 2]) == 1)
        #expect(heldBack([0]) == 0)
    }

    @Test("have inner folds with the labels' shares")
    func innerFolds() {
        let task = task(rows: 1000, classes: 20)
        let rows = Array(200..<1000)
        let parts = Features.innerFolds(of: rows, count: 4, seed: 2, labels: [], groups: nil, table: task.labelSets)
        #expect(parts.flatMap { $0 }.sorted() == rows)
        let all = positives(rows, of: task)
        for part in parts {
            for (found, total) in zip(positives(part, of: task), all) {
                #expect(abs(Double(found) - Double(total) / 4) <= 3 + 0.05 * Double(total))
            }
        }
    }
}
