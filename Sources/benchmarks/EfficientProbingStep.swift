import Numerics

/// One training step of efficient probes that share a batch: core, heads, the core's backward, and LARS.
final class EfficientProbingStep {
    let heads: [EfficientProbingHead]
    private let core: AttentionCore<Float>
    private let batch: TokenBatch
    private let rowTables: RowTables

    /// - Parameters:
    ///   - shapes: the probes, of which every fold trains one each.
    ///   - folds: each leaves out its share of the batch; one fold leaves out nothing.
    init(
        shapes: [EfficientProbingShape], folds: Int = 1, tokens: TokenType, path: KernelPath, threads: ThreadPool
    ) {
        let shape = shapes.first ?? .reference
        let rowTables = RowTables(batch: shape.batch, folds: folds)
        self.rowTables = rowTables
        core = AttentionCore(path: path, threads: threads)
        batch = TokenBatch(samples: shape.batch, tokens: shape.tokens, width: shape.width, type: tokens)
        heads = (0..<folds).flatMap { fold in
            shapes.enumerated().map { index, shape in
                EfficientProbingHead(
                    shape: shape, rows: rowTables.tables[fold], tokens: tokens, path: path,
                    seed: UInt64(1000 * fold + 10 * index))
            }
        }
    }

    /// Multiply–accumulates of a step, held-out rows left out.
    var macs: Double { heads.reduce(0) { $0 + $1.shape.macs * Double($1.count) } }

    func run() {
        for head in heads { head.scaleQueries() }
        let segments = heads.map(\.segment)
        core.forward(batch.views, segments)
        forEachHead { $0.runHead() }
        core.backward(batch.views, segments)
        core.threads.forEach(heads.count * EfficientProbingHead.tensors) { [heads] move in
            heads[move / EfficientProbingHead.tensors].update(move % EfficientProbingHead.tensors)
        }
    }

    /// Each head on one thread; a single head on all threads, as in a pass.
    private func forEachHead(_ body: @Sendable (EfficientProbingHead) -> Void) {
        if heads.count == 1 {
            core.threads.sharingProducts { body(heads[0]) }
        } else {
            core.threads.forEach(heads.count) { [heads] in body(heads[$0]) }
        }
    }
}

/// For each fold the row of every sample of the batch, or −1 where the fold holds it out.
private final class RowTables {
    let tables: [UnsafeMutablePointer<Int32>]

    init(batch: Int, folds: Int) {
        tables = (0..<folds).map { fold in
            let table = UnsafeMutablePointer<Int32>.allocate(capacity: batch)
            var next: Int32 = 0
            for sample in 0..<batch {
                let held = folds > 1 && sample % folds == fold
                table[sample] = held ? -1 : next
                next += held ? 0 : 1
            }
            return table
        }
    }

    deinit {
        for table in tables { table.deallocate() }
    }
}

/// Random tokens of a batch, in the layout of a mapped file.
private final class TokenBatch {
    let views: [TokenView]
    private let memory: UnsafeMutableRawPointer

    init(samples: Int, tokens: Int, width: Int, type: TokenType) {
        let bytes = tokens * width * type.size
        let memory = UnsafeMutableRawPointer.allocate(byteCount: samples * bytes, alignment: 64)
        self.memory = memory
        // A table of random numbers, repeated at a length that no row or sample is a multiple of.
        let generator = CounterGenerator(key: 1, stream: 2)
        let table = (0..<10_007).map { Float(generator.uniform(at: UInt64($0)) * 4 - 2) }
        for index in 0..<(samples * tokens * width) {
            let value = table[index % table.count]
            switch type {
            case .float32: memory.storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
            default: memory.storeBytes(of: UInt16(value.bitPattern >> 16), toByteOffset: index * 2, as: UInt16.self)
            }
        }
        views = (0..<samples).map {
            TokenView(base: memory + $0 * bytes, tokens: tokens, width: width, type: type)
        }
    }

    deinit {
        memory.deallocate()
    }
}
