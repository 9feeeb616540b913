internal import Numerics

/// Consecutive samples of a batch whose tokens lie in one matrix, so that a product takes many rows at once.
///
/// Which samples share a group follows from their lengths and their order in the batch alone.
struct TokenGroup {
    /// Places in the batch.
    let samples: Range<Int>
    /// The first row of each sample, and behind the last one's.
    private let starts: [Int]

    /// Rows of all samples together.
    var rows: Int { starts[starts.count - 1] }

    /// Rows of the sample at a place in the batch.
    func rows(_ sample: Int) -> Range<Int> {
        starts[sample - samples.lowerBound]..<starts[sample - samples.lowerBound + 1]
    }

    /// Rows of a group at most: enough for a product to be efficient, few enough that values stay near.
    static func capacity(longest: Int) -> Int { max(longest, 256) }

    /// Cuts a batch into groups of as many samples as their rows allow.
    ///
    /// - Parameter longest: The most tokens of a sample.
    static func groups(of tokens: [TokenView], longest: Int) -> [TokenGroup] {
        let capacity = capacity(longest: longest)
        var groups: [TokenGroup] = []
        var (first, starts) = (0, [0])
        for (sample, view) in tokens.enumerated() {
            if starts[starts.count - 1] + view.tokens > capacity {
                groups.append(TokenGroup(samples: first..<sample, starts: starts))
                (first, starts) = (sample, [0])
            }
            starts.append(starts[starts.count - 1] + view.tokens)
        }
        if first < tokens.count { groups.append(TokenGroup(samples: first..<tokens.count, starts: starts)) }
        return groups
    }

    /// Copies the group's tokens, one sample behind the other.
    @specialized(where S == Float)
    func load<S: Scalar>(_ tokens: [TokenView], into target: MatrixView<S>) {
        for sample in samples { unpack(tokens[sample], into: target.rows(rows(sample))) }
    }
}
