/// A ray in parameter space.
struct Line {
    var origin: [Double]
    var direction: [Double]

    func point(at step: Double) -> [Double] {
        var point = origin
        add(direction, times: step, to: &point)
        return point
    }
}

/// A search along a line for a step with f(a) ≤ f(0) + c₁ a f′(0) and |f′(a)| ≤ c₂ |f′(0)|: algorithms 3.5 and 3.6 of
/// Nocedal and Wright, with cubic interpolation inside the bracket.
struct WolfeSearch {
    /// A point on the line, with what the function is there.
    struct Sample {
        var step: Double
        var value: Double
        /// The derivative along the line.
        var slope: Double
        var point: [Double]
        var gradient: [Double]
    }

    let line: Line
    /// f(0) and f′(0).
    let value: Double
    let slope: Double
    private(set) var evaluations = 0

    static let sufficientDecrease = 1e-4
    static let curvature = 0.9
    static let maximumEvaluations = 50

    init(line: Line, value: Double, slope: Double) {
        self.line = line
        self.value = value
        self.slope = slope
    }

    typealias Function = (_ point: [Double], _ gradient: inout [Double]) -> Double

    /// Nil where no step lowers the value within the allowed evaluations; else the step found, which may fall short of
    /// the curvature condition where the arithmetic cannot do better.
    ///
    /// - Parameter isInterrupted: Asked before every evaluation; the search then ends as if none were allowed any more.
    mutating func run(firstStep: Double, isInterrupted: () -> Bool, _ function: Function) -> Sample? {
        guard slope < 0 else { return nil }
        var step = firstStep
        var previous = Sample(step: 0, value: value, slope: slope, point: line.origin, gradient: [])
        while evaluations < Self.maximumEvaluations, !isInterrupted() {
            let sample = evaluate(step, function)
            if !decreases(sample) || (evaluations > 1 && sample.value >= previous.value) {
                return zoom(low: previous, high: sample, isInterrupted, function)
            }
            if isFlat(sample) { return sample }
            if sample.slope >= 0 { return zoom(low: sample, high: previous, isInterrupted, function) }
            previous = sample
            step *= 2
        }
        return previous.step > 0 ? previous : nil
    }

    private mutating func evaluate(_ step: Double, _ function: Function) -> Sample {
        evaluations += 1
        let point = line.point(at: step)
        var gradient = [Double](repeating: 0, count: point.count)
        let value = function(point, &gradient)
        return Sample(
            step: step, value: value, slope: dot(gradient, line.direction), point: point, gradient: gradient)
    }

    /// A value that is NaN or infinite is no decrease, so the search turns back from it.
    private func decreases(_ sample: Sample) -> Bool {
        sample.value <= value + Self.sufficientDecrease * sample.step * slope
    }

    private func isFlat(_ sample: Sample) -> Bool {
        abs(sample.slope) <= -Self.curvature * slope
    }

    private mutating func zoom(
        low: Sample, high: Sample, _ isInterrupted: () -> Bool, _ function: Function
    ) -> Sample? {
        var (low, high) = (low, high)
        while evaluations < Self.maximumEvaluations, !isInterrupted() {
            let sample = evaluate(interpolate(low, high), function)
            if !decreases(sample) || sample.value >= low.value {
                high = sample
            } else {
                if isFlat(sample) { return sample }
                if sample.slope * (high.step - low.step) >= 0 { high = low }
                low = sample
            }
            if abs(high.step - low.step) <= 1e-12 * max(low.step, high.step) { break }
        }
        return low.step > 0 ? low : nil
    }

    /// The minimum of the cubic through two samples, or the middle where that lies in the outer tenths of the bracket.
    private func interpolate(_ low: Sample, _ high: Sample) -> Double {
        let width = high.step - low.step
        let middle = low.step + 0.5 * width
        guard high.value.isFinite && high.slope.isFinite else { return middle }
        let theta = low.slope + high.slope - 3 * (low.value - high.value) / (low.step - high.step)
        let square = theta * theta - low.slope * high.slope
        guard square >= 0 else { return middle }
        let root = (width < 0 ? -1 : 1) * square.squareRoot()
        let step = high.step - width * (high.slope + root - theta) / (high.slope - low.slope + 2 * root)
        let share = (step - low.step) / width
        return share > 0.1 && share < 0.9 ? step : middle
    }
}
