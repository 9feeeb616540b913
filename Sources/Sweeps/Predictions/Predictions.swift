/// A head's output on its test fold: logits, scores or numbers, depending on the kind of task.
public struct Predictions: Hashable, Sendable {
    /// Rows of the task, by position, in rising order: n of them.
    public var rows: [Int]
    /// Numbers for each row: C, or 1.
    public var outputs: Int
    /// `[n, outputs]`, row-major.
    public var scores: [Float]

    public init(rows: [Int], outputs: Int, scores: [Float]) {
        precondition(scores.count == rows.count * outputs, "\(scores.count) scores for \(rows.count) × \(outputs)")
        self.rows = rows
        self.outputs = outputs
        self.scores = scores
    }
}
