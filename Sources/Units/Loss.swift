/// What training by gradient minimises; `docs/sweeps.md` has the equations.
package enum Loss: String, Codable, Hashable, Sendable, CaseIterable {
    /// Softmax cross-entropy.
    case softmax
    /// Sigmoid cross-entropy of each label.
    case sigmoid
    /// Mean squared error.
    case squared
    /// Pairwise logistic loss.
    case pairwise
}
