import Numerics

/// Bootstrap samples of n cases (folds, or pooled out-of-fold samples): each draws n of them with replacement.
///
/// The draws come from a counter-based generator, so that draw d is the same whatever was drawn before it, and every
/// statistic over the same resamples is paired.
package struct Resamples: Sendable {
    /// One list of n case indices for each bootstrap sample.
    package let draws: [[Int]]

    /// - Parameters:
    ///   - count: Bootstrap samples to draw.
    ///   - cases: n.
    ///   - seed: The generator's key.
    package init(count: Int, of cases: Int, seed: UInt64) {
        let generator = CounterGenerator(key: seed, stream: Self.stream)
        draws = (0..<count).map { draw in
            (0..<cases).map { place in
                let bits = generator.bits(at: UInt64(draw * cases + place))
                return Int(bits.multipliedFullWidth(by: UInt64(cases)).high)
            }
        }
    }

    /// Bootstrap samples behind every statistic of a report: a share of them is accurate to 0.03 at worst.
    package static let usualCount = 1000

    /// Given draws, such as all nⁿ of few cases.
    package init(draws: [[Int]]) {
        self.draws = draws
    }

    /// The stream of these random numbers under a seed.
    private static let stream: UInt64 = 0x626F_6F74_7374_7261

    /// The percentile interval of a statistic (Efron 1979): between its (1 − c)/2 and (1 + c)/2 quantiles over the
    /// bootstrap samples, interpolated linearly between neighbours as NumPy does.
    ///
    /// - Parameters:
    ///   - coverage: c in (0, 1).
    ///   - statistic: A function of the indices drawn; nil where it is undefined, which leaves the draw out.
    /// - Returns: Nil where the statistic is undefined for every draw.
    package func interval(
        coverage: Double = 0.95, of statistic: ([Int]) -> Double?
    ) -> ClosedRange<Double>? {
        percentileInterval(of: draws.compactMap(statistic), coverage: coverage)
    }
}

/// The interval between the (1 − c)/2 and (1 + c)/2 quantiles; nil without a value.
func percentileInterval(of values: [Double], coverage: Double = 0.95) -> ClosedRange<Double>? {
    guard !values.isEmpty else { return nil }
    let ascending = values.sorted()
    return quantile((1 - coverage) / 2, of: ascending)...quantile((1 + coverage) / 2, of: ascending)
}

/// The p-quantile of ascending values, interpolated linearly: place p·(n − 1) from 0.
func quantile(_ p: Double, of ascending: [Double]) -> Double {
    let place = p * Double(ascending.count - 1)
    let lower = Int(place)
    let upper = min(lower + 1, ascending.count - 1)
    return ascending[lower] + (place - Double(lower)) * (ascending[upper] - ascending[lower])
}

/// The mean of the chosen values.
func mean(of values: [Double], at indices: [Int]) -> Double {
    indices.reduce(0) { $0 + values[$1] } / Double(indices.count)
}

/// How often a draw holds each case.
func multiplicity(of draw: [Int], cases: Int) -> [Double] {
    draw.reduce(into: [Double](repeating: 0, count: cases)) { $0[$1] += 1 }
}

/// Values of rows on cases, eight rows side by side, so that their sums stay in registers.
struct CaseColumns: Sendable {
    private let rows: Int
    private let cases: Int
    /// `[tiles of eight rows][cases]`; the last tile is filled with zeros.
    private let values: [SIMD8<Double>]

    /// - Parameter rows: `[rows][cases]`, the same cases in every row.
    init(_ rows: [[Double]]) {
        self.rows = rows.count
        let cases = rows.first?.count ?? 0
        self.cases = cases
        values = stride(from: 0, to: rows.count, by: 8).flatMap { first in
            (0..<cases).map { place in
                var tile = SIMD8<Double>()
                for row in first..<min(first + 8, rows.count) { tile[row - first] = rows[row][place] }
                return tile
            }
        }
    }

    /// Σ weight·value of every row, the cases in their order.
    func weightedSums(_ weights: [Double]) -> [Double] {
        let drawn = weights.indices.filter { weights[$0] != 0 }
        var sums: [Double] = []
        sums.reserveCapacity(rows + 8)
        values.withUnsafeBufferPointer { values in
            for first in stride(from: 0, to: values.count, by: max(1, cases)) {
                var sum = SIMD8<Double>()
                for place in drawn { sum += weights[place] * values[first + place] }
                for lane in 0..<8 { sums.append(sum[lane]) }
            }
        }
        sums.removeLast(sums.count - rows)
        return sums
    }
}
