import Features
import Units

/// The targets for heads that train on some rows of a task: those of all rows, with class weights and the scale of
/// numbers, which are computed from the training rows only.
struct TrainingTargets: Sendable {
    let loss: Loss
    /// Outputs of a head for a sample.
    let outputs: Int
    /// `[n]`, for softmax.
    let labels: [Int32]
    /// `[n, outputs]`, for sigmoid.
    let indicators: [UInt8]
    /// `[n]`, for squared errors in units of `scale`, and for pairs.
    let values: [Float]
    /// `[n]`, for pairs within groups.
    let groups: [Int32]?
    /// `[outputs]`, nil for ones.
    let weights: [Float]?
    /// The standardisation of numbers, nil for losses without one.
    let scale: OutputScale?

    /// - Parameter rows: Those that are trained on.
    init(_ task: FeatureTask, _ reference: TaskReference, classWeights: String?, rows: [Int]) {
        loss = reference.trainingLoss
        outputs = task.outputs
        labels = task.labels
        indicators = task.indicators
        let numbers = task.numbers
        scale = loss == .squared ? OutputScale(rows.map { numbers[$0] }) : nil
        values = scale.map { scale in numbers.map(scale.standardized) } ?? numbers
        groups = loss == .pairwise && reference.ranksWithinGroups ? task.groups : nil
        guard classWeights != nil else {
            weights = nil
            return
        }
        switch loss {
        case .softmax: weights = Self.balanced(labels, classes: task.classes, rows)
        case .sigmoid: weights = Self.balanced(indicators, outputs: task.outputs, rows)
        case .squared, .pairwise: weights = nil
        }
    }

    /// n / (K·n_c) over the K classes that occur: every class has the same total weight.
    private static func balanced(_ labels: [Int32], classes: Int, _ rows: [Int]) -> [Float] {
        var counts = [Int](repeating: 0, count: classes)
        for row in rows { counts[Int(labels[row])] += 1 }
        let present = counts.count { $0 > 0 }
        return counts.map { $0 == 0 ? 1 : Float(Double(rows.count) / Double(present * $0)) }
    }

    /// Negatives for each positive of every label: both answers of each question have the same total weight.
    private static func balanced(_ indicators: [UInt8], outputs: Int, _ rows: [Int]) -> [Float] {
        var counts = [Int](repeating: 0, count: outputs)
        for row in rows {
            for output in 0..<outputs { counts[output] += Int(indicators[row * outputs + output]) }
        }
        return counts.map { count in
            let isOneSided = count == 0 || count == rows.count
            return isOneSided ? 1 : Float(Double(rows.count - count) / Double(count))
        }
    }
}

/// Mean μ and standard deviation σ of the numbers that a head is trained on: it learns (y − μ)/σ, whatever the unit of
/// y.
struct OutputScale: Hashable, Sendable {
    let mean: Float
    let deviation: Float

    /// Of at least one number; a constant is shifted and not scaled.
    init(_ values: [Float]) {
        let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
        let variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)
        self.mean = Float(mean)
        deviation = variance > 0 ? Float(variance.squareRoot()) : 1
    }

    func standardized(_ value: Float) -> Float { (value - mean) / deviation }
    func restored(_ output: Float) -> Float { mean + deviation * output }
}

extension FeatureTask {
    /// Yes or no for each output, `[n, outputs]`; empty for other kinds of targets.
    var indicators: [UInt8] {
        switch targets {
        case .indicators(let indicators): indicators
        case .classes(let labels): outputs == 1 ? labels.map { UInt8($0) } : []
        case .scores: []
        }
    }

    /// The number of each row, relevance as 1 and 0; empty for other kinds of targets.
    var numbers: [Float] {
        switch targets {
        case .scores(let scores): scores
        case .classes(let labels): outputs == 1 ? labels.map(Float.init) : []
        case .indicators: []
        }
    }
}
