/// What is done to pooled vectors before a probe reads them: a map that is fitted on the rows that train, and applied as
/// it is to all others. docs/sweeps.md has the equations.
package enum Preparation: Hashable, Sendable {
    /// Each dimension less its mean, in units of its standard deviation.
    case standardise
    /// Each vector in units of its length.
    case unitLength
    /// The first K principal components.
    case components(Int)
    /// All principal components, in units of their standard deviation, with shrunk variances.
    case whiten

    /// The word by which specifications leave vectors as they are.
    static let none = "none"
    private static let componentsPrefix = "pca-"

    /// Nil for a text that names none.
    package init?(_ text: String) {
        switch text {
        case "standardise": self = .standardise
        case "l2": self = .unitLength
        case "whiten": self = .whiten
        default:
            guard let count = Int(endOf: text, after: Self.componentsPrefix), ProbeOption.counts.contains(count) else {
                return nil
            }
            self = .components(count)
        }
    }

    /// Whether it depends on the rows that train.
    package var isFitted: Bool { self != .unitLength }

    /// Whether it is a linear map onto principal components.
    package var isProjection: Bool {
        switch self {
        case .components, .whiten: true
        case .standardise, .unitLength: false
        }
    }

    /// Dimensions of a prepared vector.
    func width(of width: Int) -> Int {
        if case .components(let count) = self { count } else { width }
    }

    /// Multiply–accumulates that one vector takes.
    func operations(width: Int) -> Int { isProjection ? width * self.width(of: width) : width }
}

extension Preparation: CustomStringConvertible {
    package var description: String {
        switch self {
        case .standardise: "standardise"
        case .unitLength: "l2"
        case .components(let count): "\(Self.componentsPrefix)\(count)"
        case .whiten: "whiten"
        }
    }
}

extension Preparation {
    /// The option by which specs choose it, which configurations omit where there is none.
    static let option = ProbeOption(
        name: "prepare", kind: .preparation, defaultValue: .text(none),
        summary:
            "what is done to the vector first: none, standardise, l2, pca-K or whiten, fitted on the rows that train",
        isLeftOutAtDefault: true)
}
