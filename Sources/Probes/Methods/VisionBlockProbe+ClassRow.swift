package import Numerics

/// The class token's row of each head's attention as a map, where the block reads the class token.
///
/// The output is the mean over all tokens, and the row changes the class token's part of it alone: with x_1 and g of that
/// token by the forward pass's aggregates, and x_1' and g' by others, y' = y + (x_1' − x_1)/N + W_2 (g' − g)/N.
extension VisionBlockProbe {
    package var predictors: Int? { tokens == .all ? heads : nil }
    package var aggregateWidth: Int { shape.width / heads }

    struct ClassRow<S: Scalar> {
        /// [a_h v_h] by the head's own maps, and by those in their place.
        let mixed, replaced: MatrixView<S>
        /// y.
        let output: MatrixView<S>
    }

    /// In the memory of the gradient of mean_t g, for which a pass that shows maps has no use.
    func classRow<S>(_ activations: ProbeActivations<S>) -> ClassRow<S> {
        let D = shape.width
        let parts = activations.saved.split(savedWidths)[1].split([D, D, D, D])
        return ClassRow(mixed: parts[0], replaced: parts[1], output: parts[2])
    }

    /// Shows the class token's maps of a sample, and keeps what `finish` needs of it.
    @specialized(where S == Float)
    func show<S: Scalar>(
        _ sample: Int, _ rows: Range<Int>, _ values: TransformerValues<S>, _ activations: ProbeActivations<S>,
        to visit: MapVisit<S>, on path: KernelPath
    ) {
        guard tokens == .all else { return }
        let (row, attention, mixed) = (classRow(activations), block.attention, values.mixed.rows(rows).rows(0..<1))
        row.mixed.rows(sample..<sample + 1).copy(from: mixed)
        row.replaced.rows(sample..<sample + 1).copy(from: mixed)
        visit(sample, attention.classMaps(values, rows)) { attention.mix(values, rows, by: $0, into: $1, on: path) }
    }

    package func aggregates<S: Scalar>(_ activations: ProbeActivations<S>) -> MatrixView<S> {
        classRow(activations).replaced
    }

    @specialized(where S == Float)
    package func finish<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        activations.output.copy(from: classRow(activations).output)
        let most = TokenGroup.capacity(longest: block.longest) / 2
        for start in stride(from: 0, to: activations.count, by: most) {
            addChange(of: start..<min(start + most, activations.count), activations, parameters, on: path)
        }
    }

    /// y' ← y of some samples, the class tokens by their own maps above those by others.
    @specialized(where S == Float)
    private func addChange<S: Scalar>(
        of samples: Range<Int>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        let (row, count) = (classRow(activations), samples.count)
        let values = TransformerValues(activations.scratch.split(scratchWidths)[0], block, rows: 2 * count)
        for (place, sample) in samples.enumerated() {
            unpack(activations.inputs.tokens[sample].tokens(0..<1), into: values.rows.rows(place..<place + 1))
        }
        values.rows.rows(count..<2 * count).copy(from: values.rows.rows(0..<count))
        values.mixed.rows(0..<count).copy(from: row.mixed.rows(samples))
        values.mixed.rows(count..<2 * count).copy(from: row.replaced.rows(samples))
        block.addMixed(values, parameters, on: path)
        block.activate(values, parameters, on: path)
        for (place, sample) in samples.enumerated() {
            let share = 1 / S(activations.inputs.tokens[sample].tokens)
            let (own, other) = (values.rows.row(place), values.rows.row(count + place))
            let (active, change) = (values.active.row(place), values.active.row(count + place))
            let output = activations.output.row(sample)
            for column in output.indices { output[column] += share * (other[column] - own[column]) }
            for column in change.indices { change[column] = share * (change[column] - active[column]) }
        }
        multiply(
            values.active.rows(count..<2 * count), parameters.matrix(block.second), transposed: true,
            into: activations.output.rows(samples), accumulate: true, on: path)
    }
}
