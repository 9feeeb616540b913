import Foundation
import Synchronization

/// Student's t distribution with ν degrees of freedom.
package struct StudentDistribution: Sendable {
    /// ν > 0.
    package let degreesOfFreedom: Double

    package init(degreesOfFreedom: Double) {
        precondition(degreesOfFreedom > 0, "Student's t needs degrees of freedom, not \(degreesOfFreedom).")
        self.degreesOfFreedom = degreesOfFreedom
    }

    /// P(T ≤ t) = 1 − ½·I_x(ν/2, ½) for t ≥ 0, with x = ν/(ν + t²).
    package func cumulative(_ t: Double) -> Double {
        let tail = upperTail(abs(t))
        return t >= 0 ? 1 - tail : tail
    }

    /// P(T > t) for t ≥ 0, without the cancellation of 1 − cumulative(t).
    package func upperTail(_ t: Double) -> Double {
        0.5 * regularizedIncompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5)
    }

    /// The t with P(T ≤ t) = p, for p in (0, 1), by bisection to the last bit.
    package func quantile(_ p: Double) -> Double {
        precondition(p > 0 && p < 1, "A quantile is asked for a probability in (0, 1), not \(p).")
        if p < 0.5 { return -quantile(1 - p) }
        var (low, high) = (0.0, 1.0)
        while 1 - upperTail(high) < p { high *= 2 }
        while true {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { return middle }
            if 1 - upperTail(middle) < p { low = middle } else { high = middle }
        }
    }
}

/// I_x(a, b) = ∫₀ˣ t^(a−1) (1−t)^(b−1) dt / B(a, b), by Lentz's evaluation of its continued fraction
/// (Press et al., Numerical Recipes, section 6.4); relative error about 1e-14.
func regularizedIncompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    // The fraction converges fast only below the mean; above it the other tail is computed.
    if x > (a + 1) / (a + b + 2) { return 1 - regularizedIncompleteBeta(1 - x, b, a) }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    return front * betaContinuedFraction(x, a, b)
}

private func betaContinuedFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func away(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / away(1 - (a + b) * x / (a + 1))
    var fraction = d
    for index in 1...10_000 {
        let m = Double(index)
        for numerator in [
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ] {
            d = 1 / away(1 + numerator * d)
            c = away(1 + numerator / c)
            fraction *= d * c
        }
        if abs(d * c - 1) < 1e-16 { break }
    }
    return fraction
}

extension StudentDistribution {
    /// By degrees of freedom: rows of one table have the same few.
    private static let quantiles = Mutex<[Int: Double]>([:])

    /// t_{0.975}, the half width of a 95 % interval in standard errors.
    static func quantile975(degreesOfFreedom: Int) -> Double {
        quantiles.withLock { quantiles in
            if let known = quantiles[degreesOfFreedom] { return known }
            let quantile = StudentDistribution(degreesOfFreedom: Double(degreesOfFreedom)).quantile(0.975)
            quantiles[degreesOfFreedom] = quantile
            return quantile
        }
    }
}
