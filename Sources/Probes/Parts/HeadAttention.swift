internal import Numerics

/// The projections on both sides of the attention core, head by head: keys folded into queries, values projected after
/// aggregation.
///
/// A head owns a chunk of d_h rows of each projection. Scores c·q_h·(W_K[h] x_t) are g_h·x_t with g_h = c·W_K[h]ᵀ q_h,
/// and Σ_t a_ht W_V[h] x_t = W_V[h] z_h, so that nothing is ever projected token by token.
struct HeadAttention {
    /// H, as many effective queries.
    let heads: Int
    /// D.
    let width: Int

    /// Head h's columns of Z and of G's sets.
    private func aggregate(_ head: Int) -> Range<Int> { head * width..<(head + 1) * width }

    private func chunk(_ head: Int, of total: Int) -> Range<Int> {
        head * (total / heads)..<(head + 1) * (total / heads)
    }

    /// Heads that write a common tensor add to it one after the other.
    private func forEachHead(inOrder: Bool, _ body: @Sendable (Int) -> Void) {
        if inOrder { for head in 0..<heads { body(head) } } else { forEachSharing(heads, body) }
    }

    // MARK: Keys

    /// g_h = c·W_K[h]ᵀ q_h.
    ///
    /// - Parameters:
    ///   - query: `[R, H · d_h]`, R = 1 or n.
    ///   - keys: W_K `[H · d_h, D]`, or `[d_h, D]` where `sharesKeys`.
    ///   - effective: `[R, H · D]`.
    @specialized(where S == Float)
    func fold<S: Scalar>(
        _ query: MatrixView<S>, _ keys: MatrixView<S>, scale: S, sharesKeys: Bool = false,
        into effective: MatrixView<S>, on path: KernelPath
    ) {
        forEachSharing(heads) { head in
            let rows = sharesKeys ? 0..<keys.rows : chunk(head, of: keys.rows)
            multiply(
                query.columns(chunk(head, of: query.columns)), keys.rows(rows),
                into: effective.columns(aggregate(head)), alpha: scale, on: path)
        }
    }

    /// ∂W_K[h] = c·q_h p_hᵀ and ∂q_h = c·W_K[h] p_h, p = ∂L/∂g.
    @specialized(where S == Float)
    func foldBackward<S: Scalar>(
        _ gradient: MatrixView<S>, _ query: MatrixView<S>, _ keys: MatrixView<S>, scale: S, sharesKeys: Bool = false,
        keyGradient: MatrixView<S>, queryGradient: MatrixView<S>, on path: KernelPath
    ) {
        forEachHead(inOrder: sharesKeys) { head in
            let rows = sharesKeys ? 0..<keys.rows : chunk(head, of: keys.rows)
            let columns = chunk(head, of: query.columns)
            let slope = gradient.columns(aggregate(head))
            multiply(
                query.columns(columns), transposed: true, slope, into: keyGradient.rows(rows), alpha: scale,
                accumulate: sharesKeys && head > 0, on: path)
            multiply(
                slope, keys.rows(rows), transposed: true, into: queryGradient.columns(columns), alpha: scale, on: path)
        }
    }

    // MARK: Values

    /// y[chunk h] = W_V[h] z_h.
    ///
    /// - Parameters:
    ///   - reading: Z `[n, H · D]`, or `[n, D]` of one aggregate that all heads have in common.
    ///   - values: W_V `[H · d_h, D]`, or `[d_h, D]` where `sharesValues`.
    ///   - output: `[n, H · d_h]`.
    @specialized(where S == Float)
    func project<S: Scalar>(
        _ reading: MatrixView<S>, by values: MatrixView<S>, sharesValues: Bool = false, into output: MatrixView<S>,
        on path: KernelPath
    ) {
        if reading.columns == width && !sharesValues {
            return multiply(reading, values, transposed: true, into: output, on: path)
        }
        forEachSharing(heads) { head in
            let rows = sharesValues ? 0..<values.rows : chunk(head, of: values.rows)
            multiply(
                reading.columns(aggregate(head)), values.rows(rows), transposed: true,
                into: output.columns(chunk(head, of: output.columns)), on: path)
        }
    }

    /// The same for the core's output, rounded or not, for probes that allow rounding.
    @specialized(where S == Float)
    func project<S: Scalar>(
        _ inputs: ProbeInputs<S>, by values: MatrixView<S>, into output: MatrixView<S>, on path: KernelPath
    ) {
        guard let rounded = inputs.rounded, let values = values as? MatrixView<Float>,
            let output = output as? MatrixView<Float>
        else { return project(inputs.reading, by: values, into: output, on: path) }
        forEachSharing(heads) { head in
            multiply(
                rounded.pooled.columns(aggregate(head)), byTransposed: values.rows(chunk(head, of: values.rows)),
                into: output.columns(chunk(head, of: output.columns)), on: path)
        }
    }

    /// ∂W_V[h] = Σ_b y'_h z_hᵀ and ζ_h = W_V[h]ᵀ y'_h.
    @specialized(where S == Float)
    func projectBackward<S: Scalar>(
        _ gradient: MatrixView<S>, _ reading: MatrixView<S>, _ values: MatrixView<S>, sharesValues: Bool = false,
        weightGradient: MatrixView<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        forEachHead(inOrder: sharesValues) { head in
            let rows = sharesValues ? 0..<values.rows : chunk(head, of: values.rows)
            let slope = gradient.columns(chunk(head, of: gradient.columns))
            multiply(
                slope, transposed: true, reading.columns(aggregate(head)), into: weightGradient.rows(rows),
                accumulate: sharesValues && head > 0, on: path)
            guard let readingGradient else { return }
            multiply(slope, values.rows(rows), into: readingGradient.columns(aggregate(head)), on: path)
        }
    }

    /// The same for the core's output, rounded or not; a rounded ζ is written where the core reads it.
    @specialized(where S == Float)
    func projectBackward<S: Scalar>(
        _ gradient: MatrixView<S>, _ inputs: ProbeInputs<S>, _ values: MatrixView<S>, weightGradient: MatrixView<S>,
        readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        guard let rounded = inputs.rounded, let gradient = gradient as? MatrixView<Float>,
            let values = values as? MatrixView<Float>, let weightGradient = weightGradient as? MatrixView<Float>
        else {
            return projectBackward(
                gradient, inputs.reading, values, weightGradient: weightGradient, readingGradient: readingGradient,
                on: path)
        }
        forEachSharing(heads) { head in
            let rows = chunk(head, of: values.rows)
            let slope = gradient.columns(chunk(head, of: gradient.columns))
            multiply(
                transposed: slope, rounded.pooled.columns(aggregate(head)), into: weightGradient.rows(rows), on: path)
            multiply(slope, values.rows(rows), into: rounded.gradient.columns(aggregate(head)), on: path)
        }
    }

    /// Whether ζ, products over a head's chunk of the output, can be written rounded.
    func allowsRounding(outputWidth: Int) -> Bool { outputWidth / heads <= RoundedView.deepestProduct }
}

extension Probe {
    /// Rejects a number of heads that does not divide a width.
    static func check(heads: Int, divide width: Int, _ meaning: String) throws(ProbeError) {
        guard width % heads == 0 else {
            throw ProbeError(
                probe: name, option: options.contains { $0.name == "heads" } ? "heads" : nil,
                problem: "\(heads) heads do not divide \(meaning) \(width)",
                remedy: options.contains { $0.name == "heads" }
                    ? "give a number of heads that divides \(width)" : "use another probe at this width")
        }
    }
}
