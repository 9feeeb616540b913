import Testing

@testable import Numerics

@Suite("The layout of a block")
struct BlockLayoutTests {
    /// Parts of 5, 0, 16 and 3 · 7 elements, one of them in half the memory.
    private static func layOut(_ layout: inout BlockLayout<Float>) -> [UnsafeMutablePointer<Float>] {
        let parts = [layout.take(5, "first"), layout.take(0, "empty"), layout.take(16, "full line")]
        let rounded = layout.rounded(rows: 3, columns: 7, "rounded")
        return parts + [UnsafeMutableRawPointer(rounded.pointer).assumingMemoryBound(to: Float.self)]
    }

    @Test("takes as many elements as were measured, and puts each part at the start of a cache line")
    func extent() {
        let extent = BlockLayout<Float>.extent { _ = Self.layOut(&$0) }
        #expect(extent == 16 + 0 + 16 + 16)
        let block = Matrix<Float>(rows: 1, columns: extent)
        var layout = BlockLayout(of: block)
        let parts = Self.layOut(&layout)
        #expect(layout.extent == extent)
        #expect(parts.map { $0 - block.elements } == [0, 16, 16, 32])
    }

    @Test("A part beyond the block ends the process, and the message has the part and its bytes")
    func overrun() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let block = Matrix<Float>(rows: 1, columns: 47)
            var layout = BlockLayout(of: block)
            _ = BlockLayoutTests.layOut(&layout)
        }
        let message = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(message.contains("rounded: bytes 128 to 192 of a block of 188 bytes"), "\(message)")
    }

    @Test("A part that ends in its block's last element is handed out")
    func full() {
        let block = Matrix<Double>(rows: 1, columns: 32)
        var layout = BlockLayout(of: block)
        let part = layout.matrix(rows: 4, columns: 8, "all of it")
        #expect(part.pointer == block.elements && layout.extent == 32)
        _ = layout.take(0, "nothing behind it")
    }

    @Test(
        "An attention core keeps for one segment what is planned for it, and for several no more",
        arguments: [[1], [16], [33], [4, 4], [5, 60, 100], [64, 64, 1]])
    func attentionCore(queries: [Int]) {
        let (width, samples, tokens) = (64, 32, 3)
        let memory = Matrix<Float>(rows: samples * tokens, columns: width)
        let batch = (0..<samples).map {
            TokenView(
                base: memory.elements + $0 * tokens * width, tokens: tokens, width: width, type: .float32)
        }
        let rows = (0..<samples).map(Int32.init)
        let blocks = queries.map { Matrix<Float>(rows: samples, columns: $0 * (width + tokens)) }
        withExtendedLifetime((memory, blocks)) {
            rows.withUnsafeBufferPointer { rows in
                let segments = zip(queries, blocks).map { count, block in
                    AttentionSegment(
                        queries: MatrixView(pointer: block.elements, rows: count, columns: width),
                        rows: rows.baseAddress!, attention: block.elements, maximumTokens: tokens,
                        pooled: MatrixView(pointer: block.elements, rows: samples, columns: count * width))
                }
                let plan = AttentionPlan(batch: batch, segments: segments, path: .portable)
                let kept = BlockLayout<Float>.extent {
                    plan.layOut(&$0, blocks: plan.blocks(AttentionCore<Float>.gradientBlocks).count)
                }
                let planned = queries.reduce(0) {
                    $0 + AttentionCore<Float>.sharedExtent(queries: $1, extraTokens: 0, width: width)
                }
                #expect(queries.count == 1 ? kept == planned : kept <= planned, "\(kept) of \(planned)")
            }
        }
    }
}
