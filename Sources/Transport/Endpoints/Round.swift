/// Candidates that are tried one after the other, round after round. A round begins with the one that last did.
struct Round<Candidate> {
    private(set) var candidates: [Candidate]
    private var index = 0
    private var first = 0

    /// - Parameter candidates: at least one.
    init(_ candidates: [Candidate]) { self.candidates = candidates }

    var current: Candidate { candidates[index] }

    var hasAlternatives: Bool { candidates.count > 1 }

    /// Goes on to the next candidate.
    /// - Returns: whether it is one that was not tried in this round.
    mutating func advance() -> Bool {
        index = (index + 1) % candidates.count
        return index != first
    }

    /// Begins the next round with the current candidate.
    mutating func prefer() { first = index }
}
