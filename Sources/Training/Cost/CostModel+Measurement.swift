internal import Foundation
internal import Metrics
package import Numerics
internal import Probes

extension CostModel {
    /// Measures this machine in about a second: every kind of work at the shapes of training.
    package static func measure(kernel: KernelPath, threads: Int) -> CostModel {
        // First, before anything else has been freed: memory that the process has used before is allocated faster.
        let touched = touchPace()
        let (core, paired) = (corePace(.float32, kernel), corePace(.bfloat16, kernel))
        let products = productPace(roundingInputs: true, kernel)
        let fullProducts = productPace(roundingInputs: false, kernel)
        let (softmax, step) = (softmaxPace(kernel), stepPace(kernel))
        return CostModel(
            paces: [
                .coreTokens: core.token, .coreVisits: core.visit, .pairedTokens: paired.token,
                .pairedVisits: paired.visit, .products: products.product, .packing: products.element,
                .readings: readingPace(product: products.product, kernel), .fullProducts: fullProducts.product,
                .fullPacking: fullProducts.element, .doubleProducts: doubleProductPace(kernel), .keys: keyPace(kernel),
                .exponentials: softmax.element,
                .softmaxRows: softmax.row, .normed: normPace(kernel), .moves: movePace(kernel),
                .draws: drawPace(.uniform(bound: 1)), .normalDraws: drawPace(.normal(deviation: 1)),
                .touchedBytes: touched, .scores: scorePace(), .steps: step, .epochs: fixedPace(.epochs, step: step),
                .units: fixedPace(.units, step: step),
            ], reading: reading(), threads: threads)
    }

    // MARK: Attention core

    /// Forward and backward seconds for a token, query and dimension, and for a query and dimension whatever the
    /// tokens.
    private static func corePace(_ type: TokenType, _ kernel: KernelPath) -> (token: Double, visit: Double) {
        // Two lengths determine the two terms: that of short texts and that of images.
        let lengths = (short: 16, long: 196)
        let seconds = (coreSeconds(lengths.short, type, kernel), coreSeconds(lengths.long, type, kernel))
        let token = max(0, (seconds.1 - seconds.0) / Double(lengths.long - lengths.short))
        return (token, max(0, seconds.0 - Double(lengths.short) * token))
    }

    /// Forward and backward seconds for a sample, query and dimension.
    private static func coreSeconds(_ tokens: Int, _ type: TokenType, _ kernel: KernelPath) -> Double {
        let (samples, queries, width) = (32, 32, 768)
        let memory = Matrix<Float>(rows: samples, columns: tokens * width)
        memory.fill(0.25)
        let bytes = tokens * width * type.size
        let batch = (0..<samples).map {
            TokenView(
                base: UnsafeRawPointer(memory.elements) + $0 * bytes, tokens: tokens, width: width, type: type)
        }
        let rows = (0..<Int32(samples)).map { $0 }
        let attention = Matrix<Float>(rows: samples * queries, columns: tokens)
        let pooled = (0..<2).map { _ in Matrix<Float>(rows: samples, columns: queries * width) }
        let side = (0..<2).map { _ in Matrix<Float>(rows: queries, columns: width) }
        let core = AttentionCore<Float>(path: kernel, threads: ThreadPool(threads: 1))
        let seconds = rows.withUnsafeBufferPointer { rows in
            guard let rows = rows.baseAddress else { return 0.0 }
            var segment = AttentionSegment(
                queries: side[0].view, rows: rows, attention: attention.elements, maximumTokens: tokens,
                pooled: pooled[0].view, pooledGradient: pooled[1].view, queryGradient: side[1].view)
            if kernel.roundsReadings(of: type, width: width) {
                let halves = pooled.map { matrix in
                    // Float and UInt16 are trivial, and the memory is not read as numbers while it is rounded.
                    RoundedView(
                        pointer: UnsafeMutableRawPointer(matrix.elements).assumingMemoryBound(to: UInt16.self),
                        rows: samples, columns: matrix.columns)
                }
                segment.rounded = RoundedReading(pooled: halves[0], gradient: halves[1])
            }
            return shortest {
                core.forward(batch, [segment])
                core.backward(batch, [segment])
            }
        }
        withExtendedLifetime((memory, attention, pooled, side)) {}
        return seconds / Double(samples * queries * width)
    }

    // MARK: Products

    /// Seconds of a multiply–accumulate, and of an element of the three matrices.
    private static func productPace(
        roundingInputs: Bool, _ kernel: KernelPath
    ) -> (product: Double, element: Double) {
        let (rows, depth) = (200, 384)
        func seconds(_ columns: Int) -> Double {
            let (a, b) = (Matrix<Float>(rows: rows, columns: depth), Matrix<Float>(rows: columns, columns: depth))
            let c = Matrix<Float>(rows: rows, columns: columns)
            a.fill(0.25)
            b.fill(0.25)
            defer { withExtendedLifetime((a, b, c)) {} }
            return shortest {
                for _ in 0..<8 {
                    multiply(
                        a.view, b.view, transposed: true, into: c.view, roundingInputs: roundingInputs, on: kernel)
                }
            } / 8
        }
        func counts(_ columns: Int) -> (Double, Double) {
            (Double(rows * depth * columns), Double(rows * depth + depth * columns + rows * columns))
        }
        // One as wide as a layer, and one as narrow as a query's part of the output.
        return solve(counts(384), seconds(384), counts(32), seconds(32))
    }

    /// Seconds of an element of the inputs of thin products that no cache holds, which lie beside each other in rows
    /// of many, as those of a probe's queries do.
    ///
    /// - Parameter product: Seconds of a multiply–accumulate.
    private static func readingPace(product: Double, _ kernel: KernelPath) -> Double {
        let (rows, depth, inputs, columns) = (200, 384, 192, 32)
        let (a, b) = (Matrix<Float>(rows: rows, columns: inputs * depth), Matrix<Float>(rows: columns, columns: depth))
        let c = Matrix<Float>(rows: rows, columns: columns)
        a.fill(0.25)
        b.fill(0.25)
        let seconds = shortest(of: 2) {
            for input in 0..<inputs {
                multiply(
                    a.view.columns(input * depth..<(input + 1) * depth), b.view, transposed: true, into: c.view,
                    on: kernel)
            }
        }
        withExtendedLifetime((a, b, c)) {}
        return max(0, seconds / Double(inputs * rows * depth) - product * Double(columns))
    }

    /// Seconds of a multiply–accumulate of XᵀX in double precision.
    private static func doubleProductPace(_ kernel: KernelPath) -> Double {
        let (rows, width) = (1024, 384)
        let (x, sums) = (Matrix<Double>(rows: rows, columns: width), Matrix<Double>(rows: width, columns: width))
        x.fill(0.25)
        let seconds = shortest { multiply(x.view, transposed: true, x.view, into: sums.view, on: kernel) }
        withExtendedLifetime((x, sums)) {}
        return seconds / Double(rows * width * width)
    }

    /// p and e of seconds = p · products + e · elements, from two measurements; neither is negative.
    private static func solve(
        _ first: (Double, Double), _ firstSeconds: Double, _ second: (Double, Double), _ secondSeconds: Double
    ) -> (product: Double, element: Double) {
        let determinant = first.0 * second.1 - second.0 * first.1
        let element = max(0, (first.0 * secondSeconds - second.0 * firstSeconds) / determinant)
        return (max(0, (firstSeconds - element * first.1) / first.0), element)
    }

    // MARK: Between products

    /// Seconds of an element, and of a row, of softmax with its loss and gradient.
    private static func softmaxPace(_ kernel: KernelPath) -> (element: Double, row: Double) {
        let rows = 200
        let labels = [Int32](repeating: 0, count: rows)
        func seconds(_ classes: Int) -> Double {
            let logits = Matrix<Float>(rows: rows, columns: classes)
            let gradient = Matrix<Float>(rows: rows, columns: classes)
            defer { withExtendedLifetime((logits, gradient)) {} }
            return shortest {
                _ = softmaxCrossEntropy(logits.view, labels: labels, gradient: gradient.view, on: kernel)
            }
        }
        let (few, many) = (16, 1000)
        let pace = solve(
            (Double(rows * many), Double(rows)), seconds(many), (Double(rows * few), Double(rows)), seconds(few))
        return (pace.product, pace.element)
    }

    /// Seconds of an element that passes batch norm forward and backward.
    private static func normPace(_ kernel: KernelPath) -> Double {
        let (rows, width) = (200, 384)
        let (values, gradient) = (Matrix<Float>(rows: rows, columns: width), Matrix<Float>(rows: rows, columns: width))
        let statistics = Matrix<Float>(rows: 2, columns: width)
        let (mean, variance) = (statistics.elements, statistics.elements + width)
        let seconds = shortest {
            Numerics.BatchNorm.statistics(of: values.view, mean: mean, variance: variance, on: kernel)
            Numerics.BatchNorm.normalise(
                values.view, mean: mean, variance: variance, epsilon: 1e-6, into: values.view, on: kernel)
            Numerics.BatchNorm.backward(
                gradient: gradient.view, normalised: values.view, variance: variance, epsilon: 1e-6,
                into: gradient.view, on: kernel)
        }
        withExtendedLifetime((values, gradient, statistics)) {}
        return seconds / Double(rows * width)
    }

    /// Seconds of a parameter in a step of AdamW, more of them than a cache holds.
    private static func movePace(_ kernel: KernelPath) -> Double {
        let count = 1 << 22
        let memory = Matrix<Float>(rows: 4, columns: count)
        let start = memory.elements
        let seconds = shortest {
            stepAdamW(
                parameters: start, gradient: start + count, mean: start + 2 * count, square: start + 3 * count,
                count: count, rate: 0.1, decay: 0, step: 1, on: kernel)
        }
        withExtendedLifetime(memory) {}
        return seconds / Double(count)
    }

    /// Seconds of one first weight.
    private static func drawPace(_ initializer: TensorInitializer) -> Double {
        let layout = TensorLayout([TensorSpecification("weight", shape: [1 << 14], initializer)])
        let memory = Matrix<Float>(rows: 1, columns: layout.extent)
        let block = TensorBlock(layout, of: memory)
        let seconds = shortest { block.initialize { _ in CounterGenerator(key: 0, stream: 0) } }
        withExtendedLifetime(memory) {}
        return seconds / Double(layout.extent)
    }

    /// Seconds of a byte that is touched for the first time.
    private static func touchPace() -> Double {
        // Blocks of the size of heads, all allocated at once.
        let (blocks, count) = (32, 3 << 18)
        var matrices: [Matrix<Float>] = []
        let seconds = Self.seconds {
            for _ in 0..<blocks {
                let matrix = Matrix<Float>(rows: 1, columns: count)
                matrix.fill(1)
                matrices.append(matrix)
            }
        }
        withExtendedLifetime(matrices) {}
        return seconds / Double(4 * count * blocks)
    }

    /// Seconds of a step of a head that is so small that its arithmetic is negligible.
    private static func stepPace(_ kernel: KernelPath) -> Double {
        let (rows, width) = (2, 16)
        let shape = ProbeShape(width: width, tokens: 1...1, classes: 2, hasClassToken: false, trainingSamples: rows)
        guard let probe = try? ProbeCatalog.probe(ProbeConfiguration(type: "linear"), shape: shape),
            let gradientProbe = probe as? any GradientProbe
        else { return 0 }
        let network = ProbeNetwork(gradientProbe)
        let extent = TokenExtent(patch: 1, all: 1, roundsReadings: false)
        let arena = Matrix<Float>(
            rows: 1, columns: HeadWorkspace.extent(network, capacity: rows, tokens: extent))
        let (head, reading) = (HeadParameters(network), Matrix<Float>(rows: rows, columns: width))
        let moments = Matrix<Float>(rows: 2, columns: network.parameters.extent)
        let labels = [Int32](repeating: 0, count: rows)
        let seconds = labels.withUnsafeBufferPointer { labels in
            guard let labels = labels.baseAddress else { return 0.0 }
            return shortest {
                var layout = BlockLayout(of: arena)
                let slot = HeadWorkspace(network, capacity: rows, tokens: extent, in: &layout)
                let inputs = ProbeInputs(reading: reading.view, context: slot.context(rows))
                _ = network.train(
                    inputs, objective: .softmax(labels: labels, weights: nil), state: head.state,
                    gradients: slot.gradients, readingGradient: nil, workspace: slot.workspace, on: kernel)
                for tensor in network.parameters.tensors.indices {
                    AdamW(beta1: 0.9, beta2: 0.999).move(
                        head.parameters[tensor], against: slot.gradients[tensor], moments: moments.elements,
                        treatment: TensorTreatment(isDecayed: false, isMatrix: true),
                        at: OptimizerStep(learningRate: 0.1, weightDecay: 0, index: 0), on: kernel)
                }
            }
        }
        withExtendedLifetime((reading, moments, arena)) {}
        return seconds
    }

    /// Seconds of what is fixed and takes a whole cluster to measure: the reference machine's, by how much faster or
    /// slower a step is here.
    private static func fixedPace(_ kind: WorkKind, step: Double) -> Double {
        let paces = reference.paces
        guard let fixed = paces[kind], let referenceStep = paces[.steps] else { return 0 }
        return fixed * step / referenceStep
    }

    /// Seconds per element of a metric.
    private static func scorePace() -> Double {
        let (rows, classes) = (500, 64)
        let scores = (0..<rows * classes).map { Float($0 % 61) }
        let prediction = Prediction(scores: scores, truth: .classes((0..<rows).map { Int32($0 % classes) }))
        return shortest { _ = prediction.value(of: "top1") } / Double(rows * classes)
    }

    // MARK: Neighbours and tokens

    /// Seconds per key of lists of the two hundred nearest, with sorting. The vectors have only eight numbers, so that
    /// other work is negligible.
    private static func keyPace(_ kernel: KernelPath) -> Double {
        let (queries, candidates, depth) = (64, 8192, 200)
        let random = CounterGenerator(key: 0, stream: 0)
        let features = Matrix<Float>(rows: queries + candidates, columns: 8)
        for index in 0..<features.rows * features.columns {
            features.elements[index] = Float(random.uniform(at: UInt64(index))) - 0.5
        }
        let threads = ThreadPool(threads: 1)
        let seconds =
            (0..<9).map { _ in
                var searches = SearchTable(rows: features.rows)
                _ = searches.search(Array(0..<queries), among: Array(queries..<features.rows), depth: depth)
                let stream = SimilarityBlocks(features.view, searches.bundles().bundles, on: kernel)
                return Self.seconds {
                    stream.run(threads) { true }
                    searches.sort(threads)
                }
            }.min() ?? 0
        withExtendedLifetime(features) {}
        return seconds / (Double(queries) * UnitWork.keys(depth: depth, candidates: Double(candidates)))
    }

    /// Bytes per second of a mean over memory larger than the caches. It is file-backed, as tokens are, so that it
    /// counts against no budget.
    private static func reading() -> Double {
        let (tokens, width) = (16384, 1024)
        let memory = Matrix<Float>(
            rows: tokens, columns: width,
            in: try? FileMemory.reserve(FileMemory.extent(tokens * width, of: Float.self)))
        memory.fill(0.25)
        var mean = [Float](repeating: 0, count: width)
        let view = TokenView(base: memory.elements, tokens: tokens, width: width, type: .float32)
        let seconds = shortest(of: 2) { meanToken(view, into: &mean) }
        withExtendedLifetime(memory) {}
        return Double(tokens * width * 4) / seconds
    }

    /// The minimum of several runs, since other processes can only slow them down.
    private static func shortest(of runs: Int = 5, _ body: () -> Void) -> Double {
        body()
        return (0..<runs).map { _ in seconds(body) }.min() ?? 0
    }

    /// Processor time of the calling thread for a body, which other processes affect less than wall time.
    private static func seconds(_ body: () -> Void) -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        body()
        return now() - start
    }
}
