import Numerics
import Probes

/// The logits of a head each of whose queries makes a chunk of the output of its own, with chunks of one reading
/// exchanged for those of another: logits = whole + Σ over exchanged chunks h of (ŷ'_h − ŷ_h) W_hᵀ.
///
/// A chunk that is the same in both readings differs by 0, and changes no bit.
final class SeparateLogits {
    private let head: HeadParameters
    private let queries: Int
    private let path: KernelPath
    /// ŷ, and with all chunks exchanged its change ŷ' − ŷ, `[B, D_o]`.
    private let normalized, change: Matrix<Float>
    /// The logits of both readings, `[B, C]`.
    private let whole, exchanged: Matrix<Float>
    private var rows = 0
    private var hasChange = false

    init(_ head: HeadParameters, of queries: Int, capacity: Int, on path: KernelPath) {
        (self.head, self.queries, self.path) = (head, queries, path)
        let (width, classes) = (head.network.probe.outputWidth, head.network.probe.shape.classes)
        (normalized, change) = (Matrix(rows: capacity, columns: width), Matrix(rows: capacity, columns: width))
        (whole, exchanged) = (Matrix(rows: capacity, columns: classes), Matrix(rows: capacity, columns: classes))
    }

    /// Takes the head's own reading of a batch.
    func take(_ inputs: ProbeInputs<Float>, _ workspace: NetworkWorkspace<Float>) {
        rows = inputs.count
        hasChange = false
        takeOutputs(inputs, workspace)
        classify(into: whole)
        normalized.view.rows(0..<rows).copy(from: outputs)
    }

    private var outputs: MatrixView<Float> { change.view.rows(0..<rows) }

    /// ŷ of a reading.
    private func takeOutputs(_ inputs: ProbeInputs<Float>, _ workspace: NetworkWorkspace<Float>) {
        outputs.copy(from: head.network.normalized(inputs, state: head.state, workspace: workspace, on: path))
    }

    private func classify(into logits: Matrix<Float>) {
        head.network.classify(outputs, head.state, into: logits.view.rows(0..<rows), on: path)
    }

    /// Takes the reading whose chunks stand in the place of the head's own.
    ///
    /// - Parameter exchanges: The chunks that will be exchanged together, each time; the other reading's own logits are
    ///   made only where they are the nearer start.
    func exchange(
        for inputs: ProbeInputs<Float>, _ workspace: NetworkWorkspace<Float>, in exchanges: [[Int]]
    ) {
        takeOutputs(inputs, workspace)
        if exchanges.contains(where: startsFromExchanged) { classify(into: exchanged) }
        hasChange = true
        for row in 0..<rows {
            let (own, other) = (normalized.view.row(row), outputs.row(row))
            for column in other.indices { other[column] -= own[column] }
        }
    }

    /// From whichever reading shares more chunks with what is asked for.
    func write(without predictors: [Int], into target: MatrixView<Float>) {
        precondition(predictors.isEmpty || hasChange, "no other reading was given")
        guard startsFromExchanged(predictors) else {
            return write(whole, exchanging: predictors, sign: 1, into: target)
        }
        write(
            exchanged, exchanging: Set(0..<queries).subtracting(predictors).sorted(), sign: -1, into: target)
    }

    /// Whether the other reading shares more chunks with what is asked for.
    private func startsFromExchanged(_ predictors: [Int]) -> Bool { 2 * predictors.count > queries }

    private func write(_ base: Matrix<Float>, exchanging chunks: [Int], sign: Float, into target: MatrixView<Float>) {
        target.copy(from: base.view.rows(0..<rows))
        for chunk in chunks {
            head.network.add(
                chunk: chunk, of: queries, outputs, sign: sign, state: head.state, to: target, on: path)
        }
    }
}
