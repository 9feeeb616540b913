import Foundation

/// The standard normal distribution.
enum NormalDistribution {
    static func density(_ z: Double) -> Double { exp(-z * z / 2) / (2 * Double.pi).squareRoot() }

    /// Φ(z), accurate in the lower tail.
    static func cumulative(_ z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }
}

/// The χ² distribution with ν degrees of freedom.
struct ChiSquaredDistribution {
    let degreesOfFreedom: Double

    /// P(X > x) = Q(ν/2, x/2).
    func upperTail(_ x: Double) -> Double { upperIncompleteGamma(degreesOfFreedom / 2, x / 2) }
}

/// Q(a, x) = ∫ₓ^∞ t^(a−1) e^(−t) dt / Γ(a), by its series below a + 1 and its continued fraction above
/// (Press et al., Numerical Recipes, section 6.2).
func upperIncompleteGamma(_ a: Double, _ x: Double) -> Double {
    if x <= 0 { return 1 }
    let front = exp(a * log(x) - x - lgamma(a))
    if x < a + 1 {
        var (term, sum) = (1 / a, 1 / a)
        for index in 1...10_000 {
            if abs(term) <= abs(sum) * 1e-17 { break }
            term *= x / (a + Double(index))
            sum += term
        }
        return 1 - front * sum
    }
    var b = x + 1 - a
    var c = 1e300
    var d = 1 / b
    var fraction = d
    for index in 1...10_000 {
        let numerator = -Double(index) * (Double(index) - a)
        b += 2
        d = 1 / (numerator * d + b)
        c = b + numerator / c
        fraction *= c * d
        if abs(c * d - 1) < 1e-16 { break }
    }
    return front * fraction
}

/// The range of k standard normal variables, Tukey's studentised range with infinite degrees of freedom.
struct NormalRangeDistribution {
    /// k ≥ 2.
    let variables: Int

    /// P(R ≤ q) = k ∫ φ(z)·(Φ(z + q) − Φ(z))^(k−1) dz, z being the smallest of the k.
    ///
    /// The trapezoid rule converges faster than any power of its step for a smooth integrand that vanishes at both
    /// ends; at a step of 1/32 the error is below 1e-14.
    func cumulative(_ q: Double) -> Double {
        if q <= 0 { return 0 }
        let step = 1.0 / 32
        let sum = stride(from: -9.0, through: 9.0, by: step).reduce(0) { sum, z in
            let inside = NormalDistribution.cumulative(z + q) - NormalDistribution.cumulative(z)
            return sum + NormalDistribution.density(z) * pow(inside, Double(variables - 1))
        }
        return min(1, Double(variables) * step * sum)
    }

    /// The q with P(R ≤ q) = p, for p in (0, 1), by bisection to the last bit.
    func quantile(_ p: Double) -> Double {
        precondition(p > 0 && p < 1, "A quantile is asked for a probability in (0, 1), not \(p).")
        var (low, high) = (0.0, 40.0)
        while true {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { return middle }
            if cumulative(middle) < p { low = middle } else { high = middle }
        }
    }
}
