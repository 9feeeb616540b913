import Digests
import Numerics

/// The samples of a layer with identical bytes.
package struct IdenticalSamples: Sendable, Equatable {
    /// For each sample the first sample with the same bytes, which may be itself.
    package let first: [Int]
    /// Bytes of tokens that were read.
    package let bytesRead: Int
    /// Samples that agree in a page but were not compared in full, because that would have exceeded the budget.
    package let unconfirmed: Int
}

/// How much of a layer may be read to find identical samples.
package struct ReadingBudget: Sendable {
    /// Layers up to this size are read whole, once.
    package var whole: Int
    /// Bytes of one page, the part of every sample that is read of larger layers.
    package var page: Int
    /// Bytes that may be read to confirm samples that agree in their page.
    package var confirming: Int

    package init(whole: Int = 256 << 20, page: Int = 4096, confirming: Int = 1 << 30) {
        self.whole = whole
        self.page = page
        self.confirming = confirming
    }
}

extension LayerTokens {
    /// Finds samples with the same stored tokens, class token and registers included.
    ///
    /// A small layer is hashed whole. Of a large one a page from the middle of each sample is hashed; identical samples
    /// agree in it, and only samples that agree are read in full. So a terabyte of tokens with a megabyte a sample is
    /// searched by reading four gigabytes.
    package func identicalSamples(within budget: ReadingBudget = ReadingBudget()) -> IdenticalSamples {
        let bytes = (0..<samples).map { allTokens($0).bytes.count }
        let total = bytes.reduce(0, +)
        if total <= budget.whole {
            return IdenticalSamples(
                first: firsts { SHA256.hash(allTokens($0).bytes) }, bytesRead: total, unconfirmed: 0)
        }
        adviseRandomReading()
        let pages = firsts { Page(of: allTokens($0).bytes, upTo: budget.page) }
        let candidates = Dictionary(grouping: pages.indices) { pages[$0] }.values.filter { $0.count > 1 }
            .map { $0.sorted() }.sorted { $0[0] < $1[0] }
        var first = Array(0..<samples)
        var (confirmed, unconfirmed) = (0, 0)
        for group in candidates {
            let size = bytes[group[0]] * group.count
            guard confirmed + size <= budget.confirming else {
                for sample in group { first[sample] = group[0] }
                unconfirmed += group.count
                continue
            }
            confirmed += size
            let whole = Dictionary(grouping: group) { SHA256.hash(allTokens($0).bytes) }
            for same in whole.values { for sample in same { first[sample] = same[0] } }
        }
        return IdenticalSamples(
            first: first, bytesRead: bytes.reduce(0) { $0 + min($1, budget.page) } + confirmed,
            unconfirmed: unconfirmed)
    }

    private func firsts<Key: Hashable>(_ key: (Int) -> Key) -> [Int] {
        var seen: [Key: Int] = [:]
        return (0..<samples).map { sample in
            let key = key(sample)
            if let first = seen[key] { return first }
            seen[key] = sample
            return sample
        }
    }

    /// Otherwise the operating system reads thirty pages ahead of each page that is touched.
    private func adviseRandomReading() {
        for shard in shards { shard.file.mapping.adviseRandomReading() }
    }
}

/// The length of a sample and the hash of a part of it.
private struct Page: Hashable {
    let length: Int
    let digest: SHA256.Digest

    /// The first tokens of a text or the first patches of a picture are often equal in many samples; the middle rarely
    /// is.
    init(of bytes: UnsafeRawBufferPointer, upTo page: Int) {
        length = bytes.count
        let start = max(0, bytes.count - page) / 2
        digest = SHA256.hash(UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + page)]))
    }
}
