/// A head's output on its test fold: logits, scores or numbers, depending on the kind of task.
package struct Predictions: Hashable, Sendable {
    /// Rows of the task, by position, in rising order: n of them.
    package var rows: [Int]
    /// Numbers for each row: C, or 1.
    package var outputs: Int
    /// `[n, outputs]`, row-major.
    package var scores: [Float]

    package init(rows: [Int], outputs: Int, scores: [Float]) {
        precondition(scores.count == rows.count * outputs, "\(scores.count) scores for \(rows.count) × \(outputs)")
        self.rows = rows
        self.outputs = outputs
        self.scores = scores
    }
}
