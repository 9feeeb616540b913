/// The only loop over tokens: scores, softmax and weighted sums of all candidates in training, and their backward.
///
/// Each sample's tokens are read once forward and once backward, while all candidates that train on the sample use
/// them. Nothing of size `[B, T, D]` is ever made. Threads share the samples of the batch.
///
/// Bitwise reproducibility: row r of a segment's A and Z depend on that sample's tokens and the segment's queries.
/// Gradients that sum over the batch do so within `AttentionCore.gradientBlocks` fixed blocks of batch positions and
/// then over the blocks in order, skipping samples that the candidate does not train on.
///
/// A core keeps scratch memory; calls on copies of one core take turns.
package struct AttentionCore<S: Scalar>: Sendable {
    package let path: KernelPath
    package let threads: ThreadPool
    private let arena = AttentionArena<S>()

    package init(path: KernelPath, threads: ThreadPool) {
        self.path = path
        self.threads = threads
    }

    /// Number of blocks of batch positions for sums over the batch.
    package static var gradientBlocks: Int { 16 }

    /// Writes A and Z of every segment.
    @specialized(where S == Float)
    @specialized(where S == Double)
    package func forward(_ batch: [TokenView], _ segments: [AttentionSegment<S>]) {
        let plan = AttentionPlan(batch: batch, segments: segments, path: path)
        arena.place { plan.layOut(&$0, blocks: 0) }
        plan.packSharedQueries()
        let ranges = plan.blocks(Self.gradientBlocks)
        threads.forEach(ranges.count) { block in
            arena.withScratch { AttentionWorker(plan: plan, scratch: $0).forward(ranges[block]) }
        }
    }

    /// Writes ∂G, and the other requested gradients, of every segment; A must be that of `forward`.
    @specialized(where S == Float)
    @specialized(where S == Double)
    package func backward(_ batch: [TokenView], _ segments: [AttentionSegment<S>]) {
        let plan = AttentionPlan(batch: batch, segments: segments, path: path)
        let ranges = plan.blocks(Self.gradientBlocks)
        arena.place { plan.layOut(&$0, blocks: ranges.count) }
        plan.packSharedQueries()
        threads.forEach(ranges.count) { block in
            arena.withScratch { AttentionWorker(plan: plan, scratch: $0).backward(ranges[block], block: block) }
        }
        plan.sumGradients(blocks: ranges.count, threads: threads)
    }
}
