import Probes
import Units

/// The targets of one batch's rows, gathered so that a loss reads them in order.
final class BatchTargets: @unchecked Sendable {
    // Sendable because a batch is loaded by one thread, while no other reads it.
    private let targets: TrainingTargets
    private let capacity: Int
    /// Labels; or for pairs the order, and the begin and end of each position's lower range.
    private let whole: UnsafeMutablePointer<Int32>
    private let indicators: UnsafeMutablePointer<UInt8>
    private let values: UnsafeMutablePointer<Float>
    private let weights: UnsafeMutablePointer<Float>?
    private var count = 0

    /// - Parameter capacity: Rows of the largest batch.
    init(_ targets: TrainingTargets, capacity: Int) {
        self.targets = targets
        self.capacity = capacity
        whole = .allocate(capacity: 3 * capacity)
        indicators = .allocate(capacity: targets.loss == .sigmoid ? capacity * targets.outputs : 0)
        values = .allocate(capacity: capacity)
        weights = targets.weights.map { weights in
            let copy = UnsafeMutablePointer<Float>.allocate(capacity: weights.count)
            copy.initialize(from: weights, count: weights.count)
            return copy
        }
    }

    deinit {
        whole.deallocate()
        indicators.deallocate()
        values.deallocate()
        weights?.deallocate()
    }

    /// Valid until the next batch.
    var objective: BatchObjective {
        switch targets.loss {
        case .softmax: .softmax(labels: whole, weights: weights.map { UnsafePointer($0) })
        case .sigmoid: .sigmoid(indicators: indicators, weights: weights.map { UnsafePointer($0) })
        case .squared: .squared(targets: values)
        case .pairwise:
            .pairwise(RankedPairs(count: count, order: whole, lower: whole + capacity, end: whole + 2 * capacity))
        }
    }

    /// The divisor of the batch's loss: the number of rows, or with class weights the sum of their weights.
    var mass: Double {
        guard targets.loss == .softmax, let weights else { return Double(count) }
        return (0..<count).reduce(0) { $0 + Double(weights[Int(whole[$1])]) }
    }

    /// - Parameter rows: Of the task, in the order of the logits.
    func load(_ rows: UnsafeBufferPointer<Int32>) {
        count = rows.count
        switch targets.loss {
        case .softmax: for (place, row) in rows.enumerated() { whole[place] = targets.labels[Int(row)] }
        case .sigmoid:
            let outputs = targets.outputs
            targets.indicators.withUnsafeBufferPointer { all in
                guard let start = all.baseAddress else { return }
                for (place, row) in rows.enumerated() {
                    (indicators + place * outputs).update(from: start + Int(row) * outputs, count: outputs)
                }
            }
        case .squared: for (place, row) in rows.enumerated() { values[place] = targets.values[Int(row)] }
        case .pairwise: rank(rows)
        }
    }

    /// Sorts positions by group, in a group by descending value; stable for equal values.
    private func rank(_ rows: UnsafeBufferPointer<Int32>) {
        let keys = rows.map { (group: targets.groups?[Int($0)] ?? 0, value: targets.values[Int($0)]) }
        let order = keys.indices.sorted {
            (keys[$0].group, -keys[$0].value, $0) < (keys[$1].group, -keys[$1].value, $1)
        }
        var end = order.count
        // From the last position backwards: a row is above all rows after the run of its own value.
        for place in order.indices.reversed() {
            let key = keys[order[place]]
            whole[place] = Int32(order[place])
            let next = place + 1 < order.count ? keys[order[place + 1]] : nil
            if next?.group != key.group { end = place + 1 }
            let isTied = next.map { $0.group == key.group && $0.value == key.value } ?? false
            whole[2 * capacity + place] = Int32(end)
            whole[capacity + place] = isTied ? whole[capacity + place + 1] : Int32(place + 1)
        }
    }
}
