/// The attention core as its equations stand in probing_methods 0.2, in doubles, one sample and one query at a time.
struct AttentionReference {
    /// The tokens as this candidate sees them, `[T][D]`: offsets added, norm applied, extra tokens behind.
    var tokens: [[Double]]
    var queries: [[Double]]
    var additive: [[Double]]?

    private func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }

    /// a_h, `[M][T]`.
    var attention: [[Double]] {
        queries.enumerated().map { index, query in
            let scores = tokens.enumerated().map { dot($1, query) + (additive?[index][$0] ?? 0) }
            let largest = scores.max() ?? 0
            let exponentials = scores.map { exponential($0 - largest) }
            let total = exponentials.reduce(0, +)
            return exponentials.map { $0 / total }
        }
    }

    /// z_h, `[M][D]`.
    var pooled: [[Double]] { attention.map { weightedSum($0) } }

    /// ψ_ht, `[M][T]`.
    func scoreGradient(_ zeta: [[Double]]) -> [[Double]] {
        zip(attention, zeta).map { weights, gradient in
            let alpha = tokens.map { dot($0, gradient) }
            let mean = dot(weights, alpha)
            return zip(weights, alpha).map { $0 * ($1 - mean) }
        }
    }

    /// ∂L/∂g_h, `[M][D]`.
    func queryGradient(_ zeta: [[Double]]) -> [[Double]] { scoreGradient(zeta).map { weightedSum($0) } }

    /// ∂L/∂x_t, `[T][D]`.
    func tokenGradient(_ zeta: [[Double]]) -> [[Double]] {
        let (weights, psi) = (attention, scoreGradient(zeta))
        return tokens.indices.map { token in
            tokens[token].indices.map { column in
                queries.indices.reduce(0) {
                    $0 + weights[$1][token] * zeta[$1][column] + psi[$1][token] * queries[$1][column]
                }
            }
        }
    }

    private func weightedSum(_ weights: [Double]) -> [Double] {
        (tokens.first ?? []).indices.map { column in
            tokens.indices.reduce(0) { $0 + weights[$1] * tokens[$1][column] }
        }
    }
}
