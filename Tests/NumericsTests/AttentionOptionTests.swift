import Testing

@testable import Numerics

@Suite("Options of an attention segment")
struct AttentionOptionTests {
    static let lengths = [6, 1, 19, 4]
    static let width = 21
    static let longest = 19

    private func batch() -> TokenBatch {
        TokenBatch(lengths: Self.lengths, width: Self.width, type: .float64, seed: 21)
    }

    private func candidate(perRow: Bool = false, extra: Int = 0) -> Candidate<Double> {
        Candidate(
            queries: 5, width: Self.width, rows: [1, -1, 0, 2], maximumTokens: Self.longest + extra, seed: 31,
            perRow: perRow)
    }

    private func run(_ path: KernelPath, _ batch: TokenBatch, _ candidate: Candidate<Double>) {
        let core = AttentionCore<Double>(path: path, threads: ThreadPool(threads: 2))
        core.forward(batch.views, [candidate.segment])
        core.backward(batch.views, [candidate.segment])
    }

    @Test("Each row may have queries of its own", arguments: KernelPath.tested)
    func queriesPerRow(path: KernelPath) {
        let (batch, candidate) = (batch(), candidate(perRow: true))
        run(path, batch, candidate)
        expectMatch(candidate, batch: batch, tolerance: 1e-12) { $1 }
    }

    @Test("A folded norm gives the results of normalised tokens", arguments: KernelPath.tested, [0, 2])
    func normalisation(path: KernelPath, extra: Int) {
        let (batch, candidate) = (batch(), candidate(extra: extra))
        let scale: Matrix<Double> = normalMatrix(Self.lengths.count, Self.longest, seed: 41)
        let mean: Matrix<Double> = normalMatrix(Self.lengths.count, Self.longest, seed: 42)
        let tail: Matrix<Double> = normalMatrix(max(extra, 1), Self.width, seed: 43)
        candidate.segmentOptions = { segment in
            segment.normalisation = TokenNormalisation(
                scale: Self.lengths.indices.map { UnsafePointer(scale.elements + $0 * Self.longest) },
                mean: Self.lengths.indices.map { UnsafePointer(mean.elements + $0 * Self.longest) })
            if extra > 0 { segment.extraTokens = TrainableTokens(tokens: tail.view) }
        }
        run(path, batch, candidate)
        expectMatch(candidate, batch: batch, tolerance: 1e-12) { sample, tokens in
            tokens.enumerated().map { token, values in
                values.map { scale[sample, token] * ($0 - mean[sample, token]) }
            } + (0..<extra).map { Array(tail.row($0)) }
        }
    }

    @Test("Additive scores enter softmax", arguments: KernelPath.tested, [false, true])
    func additive(path: KernelPath, perRow: Bool) {
        let (batch, candidate) = (batch(), candidate())
        let scores: Matrix<Double> = normalMatrix(perRow ? 15 : 5, Self.longest, seed: 51)
        candidate.segmentOptions = {
            $0.additiveScores = AdditiveScores(scores: UnsafePointer(scores.elements), perRow: perRow)
        }
        run(path, batch, candidate)
        expectMatch(
            candidate, batch: batch, tolerance: 1e-12,
            additive: { sample in
                (0..<5).map { query in
                    Array(scores.row(perRow ? Int(candidate.rows[sample]) * 5 + query : query))
                }
            }, { $1 })
    }

    @Test("Trainable offsets and extra tokens get their gradients", arguments: KernelPath.tested, [false, true])
    func trainableTokens(path: KernelPath, perRow: Bool) {
        let (batch, candidate) = (batch(), candidate(extra: 2))
        let (places, extra, rows) = (Self.longest, 2, perRow ? 3 : 1)
        let positions: Matrix<Double> = normalMatrix(places * rows, Self.width, seed: 61)
        let positionGradient: Matrix<Double> = normalMatrix(places * rows, Self.width, seed: 62)
        let tail: Matrix<Double> = normalMatrix(extra * rows, Self.width, seed: 63)
        let tailGradient: Matrix<Double> = normalMatrix(extra * rows, Self.width, seed: 64)
        candidate.segmentOptions = {
            $0.offsets = TrainableTokens(
                tokens: positions.view, gradient: positionGradient.view, perRow: perRow ? places : nil)
            $0.extraTokens = TrainableTokens(
                tokens: tail.view, gradient: tailGradient.view, perRow: perRow ? extra : nil)
        }
        run(path, batch, candidate)
        func see(_ sample: Int, _ tokens: [[Double]]) -> [[Double]] {
            let row = perRow ? Int(candidate.rows[sample]) : 0
            return tokens.enumerated().map { token, values in
                zip(values, positions.row(row * places + token)).map { $0 + $1 }
            } + (0..<extra).map { Array(tail.row(row * extra + $0)) }
        }
        expectMatch(candidate, batch: batch, tolerance: 1e-12, see)

        let wantedPositions = Matrix<Double>(rows: places * rows, columns: Self.width)
        let wantedTail = Matrix<Double>(rows: extra * rows, columns: Self.width)
        for (sample, row) in candidate.rows.enumerated() where row >= 0 {
            let reference = AttentionReference(
                tokens: see(sample, batch.values[sample]), queries: candidate.queries(ofRow: Int(row)))
            let gradient = reference.tokenGradient(candidate.zeta(ofRow: Int(row)))
            let length = Self.lengths[sample], first = perRow ? Int(row) : 0
            for column in 0..<Self.width {
                for token in 0..<length { wantedPositions[first * places + token, column] += gradient[token][column] }
                for token in 0..<extra { wantedTail[first * extra + token, column] += gradient[length + token][column] }
            }
        }
        #expect(relativeError(positionGradient.values, wantedPositions.values) < 1e-12)
        #expect(relativeError(tailGradient.values, wantedTail.values) < 1e-12)
    }
}
