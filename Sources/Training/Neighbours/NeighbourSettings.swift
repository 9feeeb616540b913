import Units

/// Weighted vote of the k nearest training samples, weight exp(similarity / temperature).
package struct NeighbourSettings: TrainingMethod {
    package var neighbours: [Int]
    package var temperatures: [Double]
    /// `cosine` or `inner`.
    package var similarity: String

    package init(neighbours: [Int], temperatures: [Double], similarity: String) {
        self.neighbours = neighbours
        self.temperatures = temperatures
        self.similarity = similarity
    }
}
