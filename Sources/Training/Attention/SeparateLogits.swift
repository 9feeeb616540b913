import Numerics
import Probes

/// The logits of a head each of whose queries makes a chunk of the output of its own, with chunks of one reading
/// exchanged for those of another: logits = whole + Σ over exchanged chunks h of (ŷ'_h − ŷ_h) W_hᵀ.
///
/// The two products of a chunk are rounded as the whole is and only then subtracted, so that a chunk that does not change
/// changes no bit.
struct SeparateLogits {
    /// The logits of one reading, and what each chunk adds to them.
    struct Parts {
        let whole: Matrix<Float>
        /// `[M · n, C]`, chunk by chunk.
        let chunks: Matrix<Float>
        let queries: Int

        init(
            _ head: HeadParameters, of queries: Int, _ inputs: ProbeInputs<Float>, _ workspace: NetworkWorkspace<Float>,
            on path: KernelPath
        ) {
            let (rows, classes) = (inputs.count, head.network.probe.shape.classes)
            self.queries = queries
            whole = Matrix(rows: rows, columns: classes)
            chunks = Matrix(rows: queries * rows, columns: classes)
            head.network.predict(inputs, state: head.state, workspace: workspace, into: whole.view, on: path)
            let normalized = head.network.normalized(inputs, state: head.state, workspace: workspace, on: path)
            for query in 0..<queries {
                head.network.logits(
                    ofChunk: query, of: queries, normalized, state: head.state, into: chunk(query), on: path)
            }
        }

        func chunk(_ query: Int) -> MatrixView<Float> {
            chunks.view.rows(query * whole.rows..<(query + 1) * whole.rows)
        }
    }

    let whole: Parts
    let replaced: Parts

    /// From whichever reading shares more chunks with what is asked for.
    func write(without predictors: [Int], into target: MatrixView<Float>) {
        let others = Set(0..<whole.queries).subtracting(predictors).sorted()
        if predictors.count <= others.count {
            write(whole, exchanging: predictors, for: replaced, into: target)
        } else {
            write(replaced, exchanging: others, for: whole, into: target)
        }
    }

    private func write(_ base: Parts, exchanging chunks: [Int], for other: Parts, into target: MatrixView<Float>) {
        target.copy(from: base.whole.view)
        for chunk in chunks {
            let (old, new) = (base.chunk(chunk), other.chunk(chunk))
            for row in 0..<target.rows {
                let (target, old, new) = (target.row(row), old.row(row), new.row(row))
                for column in target.indices { target[column] += new[column] - old[column] }
            }
        }
    }
}
