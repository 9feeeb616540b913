import Features
import Units

/// The rows of a task, by position, that one unit trains, chooses and is tested on. All lists rise.
struct FoldRows {
    /// One way of training candidates and comparing them.
    struct Inner {
        let training: [Int]
        /// Empty where nothing is held back.
        let validation: [Int]
    }

    /// The inner split, or one for each inner fold; under an optimistic protocol what is trained on, and the test fold.
    let inner: [Inner]
    /// The training fold, or the part of it that the unit gets.
    let fold: [Int]
    /// The held-out fold.
    let test: [Int]

    /// Rows that are trained on by a candidate, and compared on, over all inner folds.
    var innerTraining: Int { inner.reduce(0) { $0 + $1.training.count } }
    var innerValidation: Int { inner.reduce(0) { $0 + $1.validation.count } }
    /// Rows of all lists.
    var count: Int { innerTraining + innerValidation + fold.count + test.count }
    /// Whether candidates can be compared.
    var canChoose: Bool { inner.allSatisfy { !$0.validation.isEmpty } }

    /// - Throws: `TrainingError` where the task cannot be split so, or a side that is needed has no rows.
    init(
        task: FeatureTask, fold reference: FoldReference, selection: SelectionSettings, shots: Shots?
    ) throws(TrainingError) {
        let assignment = try Self.assignment(of: task, reference)
        test = assignment.testRows(heldOut: reference.heldOut)
        let part = TrainingPart(
            task: task, reference: reference, rows: assignment.trainingRows(heldOut: reference.heldOut), shots: shots)
        inner = part.inner(selection, test: test)
        fold = part.all(selection)
        guard inner.allSatisfy({ $0.training.count >= 2 }), !test.isEmpty else {
            throw TrainingError(
                field: "fold.heldOut",
                problem: "fold \(reference.heldOut) leaves \(inner.map(\.training.count).min() ?? 0) rows to train on "
                    + "and \(test.count) to test",
                remedy: "take fewer folds, a smaller selection share or more shots")
        }
    }

    /// - Parameter task: With its labels as they are, before a control permutes them.
    static func assignment(
        of task: FeatureTask, _ reference: FoldReference
    ) throws(TrainingError) -> FoldAssignment {
        do throws(FoldError) {
            return try FoldAssignment.make(
                scheme: reference.scheme, count: reference.count, seed: reference.seed, for: task)
        } catch {
            throw TrainingError(
                field: "fold", problem: error.description, remedy: "the task \(task.name) allows other folds")
        }
    }
}

/// A training fold on its way to inner splits.
private struct TrainingPart {
    let task: FeatureTask
    let reference: FoldReference
    let rows: [Int]
    let shots: Shots?

    private var groups: [Int32]? { reference.keepsGroups ? task.groups : nil }
    private var seed: UInt64 { UnitSeeds.innerSplit(of: reference) }

    func inner(_ selection: SelectionSettings, test: [Int]) -> [FoldRows.Inner] {
        if selection.isOptimistic {
            let isWhole = selection.protocol == "published" || selection.testsWholeFold
            let training = isWhole ? all(selection) : split(selection).training
            return [FoldRows.Inner(training: training, validation: test)]
        }
        if let count = selection.folds {
            let rows = drawn(rows)
            return innerFolds(
                of: rows, count: count, seed: seed, labels: task.labels, groups: groups, table: task.labelSets
            ).map { part in
                let heldBack = Set(part)
                return FoldRows.Inner(training: rows.filter { !heldBack.contains($0) }, validation: part)
            }
        }
        return [split(selection)]
    }

    /// Every row that is trained or chosen on, under the honest protocol.
    func all(_ selection: SelectionSettings) -> [Int] {
        let isDrawnWhole = shots?.validation == nil || selection.folds != nil || selection.protocol == "published"
        if isDrawnWhole { return drawn(rows) }
        let sides = split(selection)
        return (sides.training + sides.validation).sorted()
    }

    /// One inner split: of the rows that are drawn, or where more are drawn to choose by, drawn from both of its sides.
    private func split(_ selection: SelectionSettings) -> FoldRows.Inner {
        let drawsBoth = shots?.validation != nil
        let rows = drawsBoth ? rows : drawn(rows)
        guard selection.fraction > 0 else { return FoldRows.Inner(training: rows, validation: []) }
        let (training, validation) = innerSplit(
            of: rows, fraction: selection.fraction, seed: seed, labels: task.labels, groups: groups,
            table: task.labelSets)
        if !drawsBoth { return FoldRows.Inner(training: training, validation: validation) }
        return FoldRows.Inner(training: drawn(training), validation: drawn(validation, atMost: Shots.mostExtra))
    }

    /// - Parameter limit: The most samples of a class.
    private func drawn(_ rows: [Int], atMost limit: Int = .max) -> [Int] {
        guard let shots else { return rows }
        let seed = UnitSeeds.shots(of: reference, draw: shots.draw)
        if let perClass = shots.perClass { return task.draw(perClass: min(perClass, limit), from: rows, seed: seed) }
        return rows.isEmpty ? [] : task.draw(share: shots.share ?? 1, from: rows, seed: seed)
    }
}
