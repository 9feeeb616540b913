internal import Numerics

/// Some rows of a tensor, as the key half of a joint projection of keys and values.
struct TensorRows {
    let tensor: Int
    let rows: Range<Int>

    init(_ tensor: Int, _ rows: Range<Int>) {
        self.tensor = tensor
        self.rows = rows
    }

    func matrix<S: Scalar>(_ block: TensorBlock<S>) -> MatrixView<S> {
        block.matrix(tensor).rows(rows)
    }

    func vector<S: Scalar>(_ block: TensorBlock<S>) -> UnsafeMutableBufferPointer<S> {
        UnsafeMutableBufferPointer(rebasing: block[tensor][rows])
    }
}

/// Multi-head attention of one latent that all samples share to the tokens of each sample, around the core:
///
/// q = W_q ℓ + b_q; u_h = c·W_K[h]ᵀ q_h with c = d_h^{-1/2}; the core gives z_h; v_h = W_V[h] z_h + b_V[h];
/// o = W_o v + b_o.
///
/// Where the tokens are normalised with affine, n_t = γ ⊙ x̂_t + β, the core attends over x̂ with g_h = γ_K ⊙ u_h, and
/// z_h = γ_V ⊙ z̄_h + β_V. A constant that is added to all scores of a sample cancels in softmax: b_K and β_K have the
/// gradient 0.
struct LatentAttention {
    /// A layer norm's γ and β.
    struct Norm {
        let gamma: Int
        let beta: Int
    }

    let heads: Int
    /// D.
    let width: Int
    let query: Int
    let queryBias: Int?
    let keys: TensorRows
    let keyBias: TensorRows?
    let values: TensorRows
    let valueBias: TensorRows?
    let output: Int
    let outputBias: Int
    var keyNorm: Norm?
    var valueNorm: Norm?

    private var core: HeadAttention { HeadAttention(heads: heads, width: width) }

    private func scale<S: Scalar>() -> S {
        1 / S(width / heads).squareRoot()
    }

    /// Elements of a batch's scratch: q, q' and u.
    private var scratchWidths: [Int] { [width, width, heads * width] }
    var scratchWidth: Int { scratchWidths.reduce(0, +) }
    /// Elements saved for a sample: v, and z where values are normalised.
    private var savedWidths: [Int] { [width, valueNorm == nil ? 0 : heads * width] }
    var savedWidth: Int { savedWidths.reduce(0, +) }

    // MARK: Query side

    /// - Parameters:
    ///   - latent: `[1, D]`.
    ///   - scratch: `[1, scratchWidth]`.
    @specialized(where S == Float)
    func queries<S: Scalar>(
        of latent: MatrixView<S>, _ parameters: TensorBlock<S>, scratch: MatrixView<S>,
        into attention: AttentionQueries<S>, on path: KernelPath
    ) {
        let scratch = scratch.split(scratchWidths)
        let (q, u) = (scratch[0], scratch[2])
        Projection.apply(latent, parameters.matrix(query), queryBias.map { parameters[$0] }, into: q, on: path)
        core.fold(q, keys.matrix(parameters), scale: scale(), into: u, on: path)
        if let keyNorm {
            LayerNorm.affine(u, parameters[keyNorm.gamma], nil, into: attention.sets)
        } else {
            Probes.scale(u, by: 1, into: attention.sets)
        }
    }

    /// - Parameters:
    ///   - sharesNorm: Whether keys and values have one norm, to whose gradient the values' part was written already.
    ///   - latentGradient: `[1, D]`, overwritten.
    @specialized(where S == Float)
    func queriesBackward<S: Scalar>(
        _ attention: AttentionQueries<S>, latent: MatrixView<S>, _ parameters: TensorBlock<S>, scratch: MatrixView<S>,
        gradients: TensorBlock<S>, sharesNorm: Bool, latentGradient: MatrixView<S>, on path: KernelPath
    ) {
        let scratch = scratch.split(scratchWidths)
        let (q, slope, u) = (scratch[0], scratch[1], scratch[2])
        if let keyNorm {
            if !sharesNorm { gradients[keyNorm.beta].update(repeating: 0) }
            LayerNorm.affineBackward(
                attention.sets, normalized: u, parameters[keyNorm.gamma], gammaGradient: gradients[keyNorm.gamma],
                betaGradient: nil, accumulate: sharesNorm)
        }
        core.foldBackward(
            attention.sets, q, keys.matrix(parameters), scale: scale(), keyGradient: keys.matrix(gradients),
            queryGradient: slope, on: path)
        keyBias?.vector(gradients).update(repeating: 0)
        Projection.backward(
            slope, latent, parameters.matrix(query), weightGradient: gradients.matrix(query),
            biasGradient: queryBias.map { gradients[$0] }, inputGradient: latentGradient, on: path)
    }

    // MARK: Head side

    /// o `[n, D]` ← Z.
    ///
    /// - Parameter saved: `[n, savedWidth]`.
    @specialized(where S == Float)
    func apply<S: Scalar>(
        _ reading: MatrixView<S>, _ parameters: TensorBlock<S>, saved: MatrixView<S>, into target: MatrixView<S>,
        on path: KernelPath
    ) {
        let saved = saved.split(savedWidths)
        let v = saved[0]
        var z = reading
        if let valueNorm {
            z = saved[1]
            LayerNorm.affine(reading, parameters[valueNorm.gamma], parameters[valueNorm.beta], into: z)
        }
        core.project(z, by: values.matrix(parameters), into: v, on: path)
        if let valueBias { addToRows(of: v, valueBias.vector(parameters)) }
        Projection.apply(v, parameters.matrix(output), parameters[outputBias], into: target, on: path)
    }

    /// From o' the gradients of both projections, and ζ.
    @specialized(where S == Float)
    func backward<S: Scalar>(
        _ gradient: MatrixView<S>, _ reading: MatrixView<S>, _ parameters: TensorBlock<S>, saved: MatrixView<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        let saved = saved.split(savedWidths)
        let v = saved[0]
        let z = valueNorm == nil ? reading : saved[1]
        // v is not needed after ∂W_o, so v' reuses its memory.
        Projection.backward(
            gradient, v, parameters.matrix(output), weightGradient: gradients.matrix(output),
            biasGradient: gradients[outputBias], inputGradient: v, on: path)
        if let valueBias { sumRows(of: v, into: valueBias.vector(gradients)) }
        core.projectBackward(
            v, z, values.matrix(parameters), weightGradient: values.matrix(gradients),
            readingGradient: readingGradient, on: path)
        if let valueNorm, let readingGradient {
            LayerNorm.affineBackward(
                readingGradient, normalized: reading, parameters[valueNorm.gamma],
                gammaGradient: gradients[valueNorm.gamma], betaGradient: gradients[valueNorm.beta])
        }
    }
}
