import Foundation
import Units

extension TrainingTargets {
    /// What a head loses on each of some rows, in double precision before it is rounded; nil for losses that compare
    /// rows with each other.
    ///
    /// - softmax: w_y·(ln Σ_c e^{s_c} − s_y); sigmoid: Σ_c ln(1 + e^{∓s_c}), positives times their label's weight;
    ///   squared: ((s − y)/σ)², with σ of the rows that were trained on.
    ///
    /// - Parameters:
    ///   - outputs: `[rows, outputs]`, numbers in the unit of the task.
    ///   - rows: Of the task.
    func rowLosses(_ outputs: [Float], of rows: [Int]) -> [Float]? {
        switch loss {
        case .softmax: rows.indices.map { softmax(outputs, at: $0, label: Int(labels[rows[$0]])) }
        case .sigmoid: rows.indices.map { sigmoid(outputs, at: $0, row: rows[$0]) }
        case .squared:
            rows.indices.map { place in
                let deviation = Double(scale?.deviation ?? 1)
                let target = Double(scale?.restored(values[rows[place]]) ?? values[rows[place]])
                let error = (Double(outputs[place]) - target) / deviation
                return Float(error * error)
            }
        case .pairwise: nil
        }
    }

    private func softmax(_ logits: [Float], at place: Int, label: Int) -> Float {
        let row = logits[place * outputs..<(place + 1) * outputs]
        let largest = Double(row.max() ?? 0)
        let sum = row.reduce(0) { $0 + exp(Double($1) - largest) }
        let loss = log(sum) + largest - Double(row[row.startIndex + label])
        return Float(Double(weights?[label] ?? 1) * loss)
    }

    private func sigmoid(_ logits: [Float], at place: Int, row: Int) -> Float {
        var sum = 0.0
        for output in 0..<outputs {
            let logit = Double(logits[place * outputs + output])
            let isPositive = indicators[row * outputs + output] == 1
            let wrong = isPositive ? -logit : logit
            let loss = log1p(exp(-abs(wrong))) + max(0, wrong)
            sum += isPositive ? Double(weights?[output] ?? 1) * loss : loss
            // A maximum hides a NaN.
            if logit.isNaN { sum = logit }
        }
        return Float(sum)
    }
}
