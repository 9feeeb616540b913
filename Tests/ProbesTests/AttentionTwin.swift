import Numerics
import Probes
import Testing

/// What stands in the place of a sample's maps `[M][N]`, a sample's own tokens first.
typealias MapExchange = (_ sample: Int, _ maps: [[Double]]) -> [[Double]]

/// A head evaluated with other maps, in double precision: what the analysis of single-precision heads is held against.
///
/// Where the core attends, aggregates are summed here, token by token; where the probe does, by the probe.
extension NetworkUnderTest {
    /// Logits `[n, C]` by the running statistics.
    func logits(exchanging exchange: @escaping MapExchange) -> [Double] {
        withBatch { batch in
            let logits = Matrix<Double>(rows: labels.count, columns: network.probe.shape.classes)
            return withExtendedLifetime(logits) {
                batch.predict(exchanging: exchange, into: logits.view)
                return (0..<logits.rows * logits.columns).map { logits.elements[$0] }
            }
        }
    }

    /// `[n][M][N]`.
    func maps() -> [[[Double]]] {
        var seen: [[[Double]]] = []
        // A probe shows its samples in order, and so does the core's exchange.
        _ = logits { _, maps in
            seen.append(maps)
            return maps
        }
        return seen
    }
}

extension BatchUnderTest {
    func predict(exchanging exchange: @escaping MapExchange, into logits: MatrixView<Double>) {
        switch network.probe.reading {
        case .pooled: Issue.record("\(network.probe) reads no tokens")
        case .tokens: predictByProbe(exchange, into: logits)
        case .attention(let demand):
            attend(
                demand, isTraining: false, exchange: { replace(exchange, demand, $0, $1) },
                { inputs, _ in network.predict(inputs, state: state, workspace: workspace, into: logits, on: path) })
        }
    }

    /// Z of the exchanged maps in place of the core's.
    private func replace(
        _ exchange: MapExchange, _ demand: AttentionRequest, _ segment: AttentionSegment<Double>,
        _ extraTokens: MatrixView<Double>
    ) {
        for sample in tokens.batch.indices {
            let rows = attended(sample, demand, extraTokens)
            let start = segment.attention + sample * segment.maximumTokens * demand.queries
            let own = (0..<demand.queries).map { query in
                rows.indices.map { start[$0 * demand.queries + query] }
            }
            let other = exchange(sample, own)
            for query in 0..<demand.queries {
                for channel in 0..<tokens.width {
                    var sum = 0.0
                    for (token, row) in rows.enumerated() { sum += other[query][token] * row[channel] }
                    segment.pooled[sample, query * tokens.width + channel] = sum
                }
            }
        }
    }

    /// The tokens of a sample as the core has them, `[N][D]`.
    private func attended(
        _ sample: Int, _ demand: AttentionRequest, _ extraTokens: MatrixView<Double>
    ) -> [[Double]] {
        let stored = tokens.rows(sample)
        let own = (0..<stored.rows).map { token -> [Double] in
            let row = Array(stored.row(token))
            guard let epsilon = demand.normEpsilon else { return row }
            let mean = row.reduce(0, +) / Double(row.count)
            let squares: Double = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let variance = squares / Double(row.count)
            return row.map { ($0 - mean) / (variance + epsilon).squareRoot() }
        }
        return own + (0..<extraTokens.rows).map { Array(extraTokens.row($0)) }
    }

    private func predictByProbe(_ exchange: @escaping MapExchange, into logits: MatrixView<Double>) {
        guard let probe = network.attending, let predictors = probe.predictors else {
            Issue.record("\(network.probe) makes no maps")
            return
        }
        let inputs = ProbeInputs(
            reading: MatrixView(pointer: context.elements, rows: tokens.batch.count, columns: 0), context: context.view,
            tokens: tokens.batch)
        let sums = Matrix<Double>(rows: tokens.batch.count, columns: predictors * probe.aggregateWidth)
        let leading = probe.leadingTokens
        withExtendedLifetime(sums) {
            let aggregates = network.attend(
                inputs, state: state, workspace: workspace,
                visit: { sample, own, aggregate in
                    let maps = (0..<own.rows).map { row in
                        Array(own.row(row).dropFirst(leading)) + Array(own.row(row).prefix(leading))
                    }
                    let other = Matrix(
                        exchange(sample, maps).map { Array($0.suffix(leading)) + Array($0.dropLast(leading)) })
                    withExtendedLifetime(other) { aggregate(other.view, sums.view.rows(sample..<sample + 1)) }
                }, on: path)
            aggregates.copy(from: sums.view)
            network.predictFromAggregates(inputs, state: state, workspace: workspace, into: logits, on: path)
        }
    }
}
