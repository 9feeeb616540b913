import Features
import Numerics
import Probes
import Units

/// A unit for which nothing is trained: class embeddings are given.
struct ZeroShotUnit: TrainableUnit, Sendable {
    let prepared: PreparedUnit
    let input: PooledInput

    init(_ prepared: PreparedUnit, _ settings: ZeroShotSettings) throws(TrainingError) {
        self.prepared = prepared
        input = try prepared.pooledInput
    }

    var work: Double { Double(prepared.rows.test.count) * Double(prepared.probe.cost.executed.forward) }

    /// Bytes of the vectors, of the embeddings twice, and of the logits while they are scored.
    func bytesAlone(_ context: PassContext) -> Int {
        let (rows, classes, width) = (prepared.rows.test.count, prepared.outputs, prepared.probe.readingWidth)
        return ((rows + 2 * classes) * width + 6 * rows * classes) * MemoryLayout<Float>.size
    }
}

/// The zero-shot units of a pass.
struct ZeroShotGroup {
    let units: [ZeroShotUnit]

    func run(_ context: PassContext) {
        guard let pooled = context.pooled else { return }
        for unit in units where !context.observer.isCancelled(unit.prepared.key) {
            let start = ContinuousClock.now
            do throws(TrainingError) {
                let logits = try logits(of: unit, pooled, on: context.path)
                let trained = unit.prepared.trained(
                    logits: logits, choice: [:], candidateScores: [], diagnostics: TrainingDiagnostics(), parameters: 0,
                    trainingMACs: unit.work, head: nil, seconds: (ContinuousClock.now - start) / .seconds(1),
                    settings: context.settings)
                context.observer.finished(.trained(trained))
            } catch {
                context.observer.finished(.failed(unit.prepared.key, error))
            }
            context.progress.advance(by: unit.work)
        }
    }

    /// 100 · cos(x, e_c) of the test rows, `[rows, C]`.
    private func logits(
        of unit: ZeroShotUnit, _ pooled: PooledVectors, on path: KernelPath
    ) throws(TrainingError) -> [Float] {
        let prepared = unit.prepared
        let vectors: Matrix<Float> = pooled.matrix(unit.input, samples: prepared.samples(prepared.rows.test))
        let embeddings = Matrix<Float>(rows: prepared.outputs, columns: vectors.columns)
        guard let weights = prepared.weights,
            let values = try weights.values(of: ZeroShotProbe.embeddings, shape: [embeddings.rows, embeddings.columns])
        else {
            throw TrainingError(
                field: "weights", problem: "there is no tensor \(ZeroShotProbe.embeddings)",
                remedy: "write it; docs/formats.md has the format")
        }
        embeddings.elements.update(from: values, count: values.count)
        normalizeRows(vectors, on: path)
        normalizeRows(embeddings, on: path)
        let logits = Matrix<Float>(rows: vectors.rows, columns: embeddings.rows)
        multiply(
            vectors.view, transposed: false, embeddings.view, transposed: true, into: logits.view,
            alpha: Float(ZeroShotProbe.logitScale), roundingInputs: false, on: path)
        return withExtendedLifetime((vectors, embeddings, logits)) {
            Array(UnsafeBufferPointer(start: logits.elements, count: logits.rows * logits.columns))
        }
    }
}
