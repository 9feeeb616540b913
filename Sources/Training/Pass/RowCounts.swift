package import Features
package import Units

/// How many rows of a task one fold trains, chooses and is tested on.
package struct RowCounts: Codable, Hashable, Sendable {
    /// Of the inner split, or of each inner fold.
    package let training: [Int]
    /// The same, of rows that candidates are compared on.
    package let validation: [Int]
    package let test: Int

    package init(training: [Int], validation: [Int], test: Int) {
        (self.training, self.validation, self.test) = (training, validation, test)
    }

    /// - Throws: `TrainingError` where a unit of the fold could not be trained.
    package init(
        task: FeatureTask, fold: FoldReference, selection: SelectionSettings, shots: Shots?
    ) throws(TrainingError) {
        let rows = try FoldRows(task: task, fold: fold, selection: selection, shots: shots)
        self.init(
            training: rows.inner.map(\.training.count), validation: rows.inner.map(\.validation.count),
            test: rows.test.count)
    }

    /// Whether the rows that are held back are further from their share than the tolerance and one row. False where
    /// nothing asks for a share.
    package func missesShare(of selection: SelectionSettings) -> Bool {
        guard selection.folds == nil, !selection.isOptimistic else { return false }
        let due = selection.fraction * Double(training[0] + validation[0])
        return abs(Double(validation[0]) - due) > GroupedAssignment.shareTolerance * due + 1
    }
}
