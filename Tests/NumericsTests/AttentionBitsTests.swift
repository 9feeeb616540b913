import Testing

@testable import Numerics

/// The bitwise rule: what else is in the call, and who computes it, changes nothing.
@Suite("Bitwise reproducibility of the attention core")
struct AttentionBitsTests {
    static let lengths = (0..<37).map { 3 + ($0 * 7) % 23 }
    static let width = 50

    private func batch(_ type: TokenType) -> TokenBatch {
        TokenBatch(lengths: Self.lengths, width: Self.width, type: type, seed: 71)
    }

    private func candidate(_ queries: Int, seed: UInt64, rows: [Int32]? = nil, table: Candidate<Float>? = nil)
        -> Candidate<Float>
    {
        Candidate(
            queries: queries, width: Self.width, rows: rows ?? someRows(Self.lengths.count, seed: 77),
            maximumTokens: 26, seed: seed, table: table)
    }

    private func run(
        _ path: KernelPath, _ batch: TokenBatch, _ stack: [Candidate<Float>], threads: Int = 1,
        on processors: [Int] = []
    ) {
        let core = AttentionCore<Float>(path: path, threads: ThreadPool(threads: threads, on: processors))
        withExtendedLifetime((batch, stack)) {
            core.forward(batch.views, stack.map(\.segment))
            core.backward(batch.views, stack.map(\.segment))
        }
    }

    @Test(
        "Results do not depend on the other segments or on their order", arguments: KernelPath.tested, [1, 8, 16, 21])
    func place(path: KernelPath, queries: Int) {
        for type in [TokenType.bfloat16, .float16, .float32] {
            let batch = batch(type)
            let alone = candidate(queries, seed: 1)
            run(path, batch, [alone])
            for before in [[3], [16], [8, 8, 60], []] {
                let first = candidate(5, seed: 2)
                let mates = before.enumerated().map { candidate($1, seed: UInt64(10 * $0 + 100), table: first) }
                let stacked = candidate(queries, seed: 1, table: first)
                let after = candidate(9, seed: 3, rows: allRows(Self.lengths.count))
                run(path, batch, [first] + mates + [stacked, after])
                #expect(stacked.results.map(\.bitPattern) == alone.results.map(\.bitPattern))
            }
        }
    }

    @Test("Results do not depend on the number of threads", arguments: KernelPath.tested, [2, 3])
    func threads(path: KernelPath, threads: Int) {
        for type in [TokenType.bfloat16, .float32] {
            let batch = batch(type)
            let stacks = [1, threads].map { count in
                let stack = [candidate(8, seed: 1), candidate(40, seed: 2, rows: allRows(Self.lengths.count))]
                run(path, batch, stack, threads: count)
                return stack.flatMap { $0.results.map(\.bitPattern) }
            }
            #expect(stacks[0] == stacks[1])
        }
    }

    @Test("Results do not depend on the processors that threads keep to", arguments: KernelPath.tested)
    func processors(path: KernelPath) {
        let batch = batch(.bfloat16)
        let results = [[], Array(repeating: ProcessorAffinity.allowed[0], count: 3)].map { processors in
            let stack = [candidate(8, seed: 1), candidate(40, seed: 2, rows: allRows(Self.lengths.count))]
            run(path, batch, stack, threads: 3, on: processors)
            return stack.flatMap { $0.results.map(\.bitPattern) }
        }
        #expect(results[0] == results[1])
    }

    @Test(
        "Queries of zero give the mean token, the same bits alone, beside others and in a panel of their own",
        arguments: KernelPath.tested)
    func zeros(path: KernelPath) {
        for type in [TokenType.bfloat16, .float32] {
            let batch = batch(type)
            func mean(beside queries: Int?) -> [UInt32] {
                let first = queries.map { candidate($0, seed: 2) }
                let zero = candidate(1, seed: 1, table: first)
                zero.queries.view.clear()
                run(path, batch, [first, zero].compactMap { $0 })
                return zero.results.map(\.bitPattern)
            }
            let alone = mean(beside: nil)
            // Behind 3 queries it shares their panel, behind 16 and 32 it has one that no score is computed for.
            for count in [3, 16, 32] { #expect(mean(beside: count) == alone) }
            let zero = candidate(1, seed: 1)
            zero.queries.view.clear()
            run(path, batch, [zero])
            for (sample, row) in zero.rows.enumerated() where row >= 0 {
                let values = batch.values[sample]
                for column in 0..<Self.width {
                    let expected = values.reduce(0) { $0 + $1[column] } / Double(values.count)
                    #expect(abs(Double(zero.pooled.view.row(Int(row))[column]) - expected) < 0.02)
                }
            }
        }
    }

    @Test("Results do not depend on other candidates' inactive rows", arguments: KernelPath.tested)
    func neighbours(path: KernelPath) {
        let batch = batch(.bfloat16)
        let alone = candidate(8, seed: 1), beside = candidate(8, seed: 1)
        run(path, batch, [alone])
        run(path, batch, [candidate(7, seed: 4, rows: someRows(Self.lengths.count, seed: 8)), beside])
        #expect(alone.results.map(\.bitPattern) == beside.results.map(\.bitPattern))
    }

    @Test("A second call of a core gives the same results", arguments: KernelPath.tested)
    func repeated(path: KernelPath) {
        let batch = batch(.float32)
        let core = AttentionCore<Float>(path: path, threads: ThreadPool(threads: 2))
        let results = (0..<3).map { round in
            let candidate = candidate(8, seed: 1)
            let other = self.candidate(90, seed: 9)
            withExtendedLifetime((batch, other)) {
                if round == 1 { core.forward(batch.views, [other.segment]) }
                core.forward(batch.views, [candidate.segment])
                core.backward(batch.views, [candidate.segment])
            }
            return candidate.results.map(\.bitPattern)
        }
        #expect(results[0] == results[1] && results[1] == results[2])
    }
}
