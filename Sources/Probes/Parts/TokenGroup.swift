internal import Numerics

/// Consecutive samples of a batch with their tokens in one matrix, so that a product has many rows.
///
/// Which samples share a group follows from their lengths and their order in the batch alone.
struct TokenGroup {
    /// Positions in the batch.
    let samples: Range<Int>
    /// The first row of each sample, and the end of the last.
    private let starts: [Int]

    /// Rows of all samples together.
    var rows: Int { starts[starts.count - 1] }

    /// Rows of the sample at a position in the batch.
    func rows(_ sample: Int) -> Range<Int> {
        starts[sample - samples.lowerBound]..<starts[sample - samples.lowerBound + 1]
    }

    /// Largest number of rows of a group: enough for efficient products, few enough for values to stay in cache.
    static func capacity(longest: Int) -> Int { max(longest, 256) }

    /// Divides a batch into groups of as many samples as their rows allow.
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

    /// Copies the group's tokens, sample after sample.
    @specialized(where S == Float)
    func load<S: Scalar>(_ tokens: [TokenView], into target: MatrixView<S>) {
        for sample in samples { unpack(tokens[sample], into: target.rows(rows(sample))) }
    }
}
