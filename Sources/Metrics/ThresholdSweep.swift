/// True and false positives as a threshold decreases from above the largest score to the smallest, after each distinct
/// score. Equal scores are added together, so nothing depends on the order of the samples.
struct ThresholdSweep {
    struct Step {
        var truePositives: Int
        var falsePositives: Int
    }

    /// One step for each distinct score, the largest first.
    let steps: [Step]

    /// - Parameter answers: Scores, and whether each is a positive's. Scores are equal if their values are.
    /// - Complexity: O(n log n).
    init(_ answers: some Sequence<(Float, Bool)>) {
        // Whole numbers sort several times faster than pairs do.
        let sorted = answers.map { UInt64(Self.place($0.0)) << 1 | ($0.1 ? 1 : 0) }.sorted()
        self.init(sorted) { $0 >> 1 == $1 >> 1 }
    }

    /// - Parameter answers: Log-odds of yes, and whether each is a positive's. Those that lie below the largest of a tie by at
    ///   most ``Metrics/resolution``, relative to the smaller magnitude if that is above 1, are equal to it.
    /// - Complexity: O(n log n).
    init(logOdds answers: some Sequence<(Double, Bool)>) {
        // The last bit of 53, which is far below the resolution, gives way to the answer.
        let sorted = answers.map { Self.place($0.0) & ~1 | ($0.1 ? 1 : 0) }.sorted()
        self.init(sorted) { first, other in
            if first & ~1 == other & ~1 { return true }
            let (largest, score) = (Self.score(first & ~1), Self.score(other & ~1))
            return largest - score <= Metrics.resolution * max(1, min(abs(largest), abs(score)))
        }
    }

    /// - Parameters:
    ///   - sorted: Places of scores in descending order of score, the lowest bit 1 for a positive.
    ///   - areEqual: Whether a score equals the largest of a tie.
    private init(_ sorted: [UInt64], _ areEqual: (UInt64, UInt64) -> Bool) {
        var steps: [Step] = []
        var reached = Step(truePositives: 0, falsePositives: 0)
        var first = sorted.first ?? 0
        for answer in sorted {
            if !areEqual(first, answer) {
                steps.append(reached)
                first = answer
            }
            if answer & 1 == 1 { reached.truePositives += 1 } else { reached.falsePositives += 1 }
        }
        if !sorted.isEmpty { steps.append(reached) }
        self.steps = steps
    }

    /// A whole number that decreases as the score increases, equal for equal scores.
    private static func place(_ score: Float) -> UInt32 {
        // −0 and 0 are equal and must map to the same number.
        let bits = (score + 0).bitPattern
        return bits >> 31 == 0 ? 0x7FFF_FFFF - bits : bits
    }

    private static func place(_ score: Double) -> UInt64 {
        let bits = (score + 0).bitPattern
        return bits >> 63 == 0 ? 0x7FFF_FFFF_FFFF_FFFF - bits : bits
    }

    /// The score of a place.
    private static func score(_ place: UInt64) -> Double {
        Double(bitPattern: place >> 63 == 0 ? 0x7FFF_FFFF_FFFF_FFFF - place : place)
    }

    var positives: Int { steps.last?.truePositives ?? 0 }
    var negatives: Int { steps.last?.falsePositives ?? 0 }
}
