internal import Foundation
internal import Numerics

/// x ← eˣ for every element, each ≤ 0 but for NaN.
///
/// In single precision by 2ⁿ and a polynomial of degree 6 (relative error below 2e-7), in loops that compile to vector
/// instructions on every machine; elements below −87 give at most 2e-38.
@specialized(where S == Float)
func exponentiate<S: Scalar>(_ elements: UnsafeMutableBufferPointer<S>) {
    guard let start = elements.baseAddress else { return }
    if S.self == Float.self {
        let floats = UnsafeMutableRawPointer(start).assumingMemoryBound(to: Float.self)
        for index in 0..<elements.count { floats[index] = exponential(floats[index]) }
    } else {
        for index in 0..<elements.count { start[index] = S(exp(Double(start[index]))) }
    }
}

/// eˣ for x ≤ 0: x = n ln 2 + r with |r| ≤ ½ ln 2, and eʳ by its Taylor polynomial.
@inline(__always)
private func exponential(_ x: Float) -> Float {
    // Comparisons written so that NaN passes through to the result.
    let bounded = x < -87 ? -87 : x
    // Adding 1.5 · 2²³ rounds to a whole number, whose value the low bits then hold.
    let shifted = bounded * 1.442695041 + 12_582_912
    let whole = shifted - 12_582_912
    // ln 2 in two parts, the first with few enough bits that its products are exact.
    let r = (bounded - whole * 0.693359375) + whole * 2.12194440e-4
    var p: Float = 1.0 / 720
    p = p * r + 1.0 / 120
    p = p * r + 1.0 / 24
    p = p * r + 1.0 / 6
    p = p * r + 0.5
    p = p * r + 1
    p = p * r + 1
    let scale = Float(bitPattern: (shifted.bitPattern &+ 127) << 23)
    return p * scale
}

/// target ← GELU(source) = a Φ(a), of equal shapes.
@specialized(where S == Float)
func gelu<S: Scalar>(_ source: MatrixView<S>, into target: MatrixView<S>) {
    for row in 0..<source.rows {
        let (from, to) = (source.pointer + row * source.stride, target.pointer + row * target.stride)
        for column in 0..<source.columns { to[column] = from[column] * normalDistribution(from[column]).cumulative }
    }
}

/// gradient ← gradient ⊙ (Φ(a) + a φ(a)).
@specialized(where S == Float)
func multiplyByGELUDerivative<S: Scalar>(_ gradient: MatrixView<S>, at preactivation: MatrixView<S>) {
    for row in 0..<gradient.rows {
        let slope = gradient.pointer + row * gradient.stride
        let value = preactivation.pointer + row * preactivation.stride
        for column in 0..<gradient.columns {
            let normal = normalDistribution(value[column])
            slope[column] *= normal.cumulative + value[column] * normal.density
        }
    }
}

/// Φ(a) = ½ (1 + erf(a/√2)) and φ(a) = e^{−a²/2}/√(2π).
///
/// In single precision erf is formula 7.1.26 of Abramowitz and Stegun, whose error is below 1.5e-7.
@inline(__always)
private func normalDistribution<S: Scalar>(_ a: S) -> (cumulative: S, density: S) {
    if S.self == Float.self {
        let a = unsafeBitCast(a, to: Float.self)
        let kernel = exponential(-0.5 * a * a)
        let t = 1 / (1 + 0.3275911 * 0.70710678 * abs(a))
        var p: Float = 1.061405429
        p = p * t - 1.453152027
        p = p * t + 1.421413741
        p = p * t - 0.284496736
        p = p * t + 0.254829592
        let tail = 0.5 * p * t * kernel
        return (
            unsafeBitCast(a < 0 ? tail : 1 - tail, to: S.self), unsafeBitCast(kernel * 0.39894228, to: S.self)
        )
    }
    let a = Double(a)
    return (S(0.5 * erfc(-a * 0.5.squareRoot())), S(exp(-0.5 * a * a) / (2 * Double.pi).squareRoot()))
}

/// tanh x.
@inline(__always)
func hyperbolicTangent<S: Scalar>(_ x: S) -> S {
    S(tanh(Double(x)))
}

/// 1/(1 + e^{−x}).
@inline(__always)
func logistic<S: Scalar>(_ x: S) -> S {
    S(1 / (1 + exp(-Double(x))))
}

/// target ← relu(source), of equal shapes.
@specialized(where S == Float)
func rectify<S: Scalar>(_ source: MatrixView<S>, into target: MatrixView<S>) {
    for row in 0..<source.rows {
        let (from, to) = (source.row(row), target.row(row))
        for index in from.indices { to[index] = max(from[index], 0) }
    }
}

/// gradient ← gradient where value > 0, and 0 elsewhere, of equal shapes.
@specialized(where S == Float)
func multiplyByRectifierDerivative<S: Scalar>(_ gradient: MatrixView<S>, at value: MatrixView<S>) {
    for row in 0..<gradient.rows {
        let (slope, value) = (gradient.row(row), value.row(row))
        for index in slope.indices where value[index] <= 0 { slope[index] = 0 }
    }
}
