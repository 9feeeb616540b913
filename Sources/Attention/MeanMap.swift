/// The mean of each predictor's maps over samples that all have as many tokens.
package struct MeanMap: Sendable {
    private var sums: [Double] = []
    private var count = 0
    private var isRagged = false

    package init() {}

    package mutating func add(_ maps: SampleMaps) {
        if count == 0 { sums = Array(repeating: 0, count: maps.weights.count) }
        count += 1
        guard maps.weights.count == sums.count else {
            isRagged = true
            return
        }
        for (index, weight) in maps.weights.enumerated() { sums[index] += Double(weight) }
    }

    /// `[N, M]`, as ``SampleMaps`` has it; nil where samples differ in length, so that tokens have no common place.
    package var weights: [Float]? {
        guard count > 0, !isRagged else { return nil }
        return sums.map { Float($0 / Double(count)) }
    }
}
