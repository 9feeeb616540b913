import Units

/// The candidates of one unit: the product of its learning rates and weight decays, and what the grid of rates was
/// extended by.
struct CandidateGrid: Equatable {
    /// One learning rate and one weight decay.
    struct Candidate: Hashable {
        let learningRate: Double
        let weightDecay: Double
    }

    private let settings: GradientSettings
    /// Rates beyond the grid's ends, in the order in which they were added.
    private(set) var added: [Double]

    init(_ settings: GradientSettings, added: [Double] = []) {
        self.settings = settings
        self.added = added
    }

    /// In the order of scores: those of the settings, then those of each rate that was added; weight decays, the
    /// strongest first, within learning rates.
    var candidates: [Candidate] { (settings.learningRates + added).flatMap(candidates) }

    /// Those that the last added rate brought, or all if none was added.
    var latest: Range<Int> {
        let count = candidates.count
        return added.isEmpty ? 0..<count : count - settings.weightDecays.count..<count
    }

    /// Whether of two equally good candidates the first is taken: that of the smaller rate, then of the stronger decay.
    static func isPreferred(_ first: Candidate, to second: Candidate) -> Bool {
        first.learningRate == second.learningRate
            ? first.weightDecay > second.weightDecay : first.learningRate < second.learningRate
    }

    /// The rate to try next, one step beyond the end of the grid, if the chosen candidate lies there and beats its
    /// neighbour by more than one paired standard error; nil if it does not, or the bound is reached.
    ///
    /// - Parameter losses: Of each candidate.
    func nextRate(chosen: Int, _ losses: [CandidateLoss]) -> Double? {
        guard added.count < settings.extend else { return nil }
        let all = candidates
        // The chosen decay's line through the grid, along rising rates.
        let line = all.indices.filter { all[$0].weightDecay == all[chosen].weightDecay }.sorted {
            all[$0].learningRate < all[$1].learningRate
        }
        guard let place = line.firstIndex(of: chosen) else { return nil }
        return CandidateChoice.extended(
            line.map { all[$0].learningRate }, losses: line.map { losses[$0] }, chosen: place)
    }

    /// - Parameter rate: As ``nextRate(chosen:_:)`` gives it.
    mutating func add(_ rate: Double) { added.append(rate) }

    /// The ends of the grid that a candidate lies at, by the name of the choice. A grid of one value has no ends.
    func edges(of candidate: Candidate) -> [String: TrainingDiagnostics.Edge] {
        var edges: [String: TrainingDiagnostics.Edge] = [:]
        edges["learningRate"] = Self.edge(candidate.learningRate, of: settings.learningRates + added)
        edges["weightDecay"] = Self.edge(candidate.weightDecay, of: settings.weightDecays)
        return edges
    }

    private static func edge(_ value: Double, of values: [Double]) -> TrainingDiagnostics.Edge? {
        guard values.count > 1 else { return nil }
        if value == values.min() { return .lowest }
        return value == values.max() ? .highest : nil
    }

    private func candidates(_ rate: Double) -> [Candidate] {
        settings.weightDecays.sorted(by: >).map { Candidate(learningRate: rate, weightDecay: $0) }
    }
}
