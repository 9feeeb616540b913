import Features
import Sweeps

/// The rows of a task, by position, that one unit trains, chooses and is tested on. All lists rise.
struct FoldRows {
    /// The inner split's larger side.
    let training: [Int]
    /// Its smaller side, on which candidates are compared; empty where nothing is held back.
    let validation: [Int]
    /// Both sides: the training fold.
    let fold: [Int]
    /// The held-out fold.
    let test: [Int]

    /// - Throws: `TrainingError` where the task cannot be split so, or a side that is needed has no rows.
    init(task: FeatureTask, fold reference: FoldReference, selection: SelectionSettings) throws(TrainingError) {
        let assignment = try Self.assignment(of: task, reference)
        fold = assignment.trainingRows(heldOut: reference.heldOut)
        test = assignment.testRows(heldOut: reference.heldOut)
        let groups = reference.scheme == "grouped" ? task.groups : nil
        (training, validation) = innerSplit(
            of: fold, fraction: selection.fraction, seed: UnitSeeds.innerSplit(of: reference), labels: task.labels,
            groups: groups)
        guard training.count >= 2, !test.isEmpty else {
            throw TrainingError(
                field: "fold.heldOut",
                problem: "fold \(reference.heldOut) leaves \(training.count) rows to train on and \(test.count) to test",
                remedy: "take fewer folds or a smaller selection share")
        }
    }

    private static func assignment(
        of task: FeatureTask, _ reference: FoldReference
    ) throws(TrainingError) -> FoldAssignment {
        do throws(FoldError) {
            return try FoldAssignment.make(
                scheme: reference.scheme, count: reference.count, seed: reference.seed, labels: task.labels,
                groups: task.groups, split: task.split)
        } catch {
            throw TrainingError(
                field: "fold", problem: error.description, remedy: "the task \(task.name) allows other folds")
        }
    }
}
