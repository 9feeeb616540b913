package import Identities
import Training

/// Why nothing can be said of what heads attend to.
package enum AttentionError: Error, Equatable, CustomStringConvertible {
    /// No selected unit has a head whose attention can be read; the reasons, a line each.
    case nothing(sweep: String, [String])
    /// A head that was not analysed, and why.
    case failed(UnitKey, String)

    package var description: String {
        switch self {
        case .nothing(let sweep, let reasons):
            """
            nothing of sweep \(sweep) can be analysed: \
            \(reasons.isEmpty ? "it has no results" : reasons.joined(separator: "; ")). The attention of these probes \
            can be read: \(AttentionUnsupported.methods)
            """
        case .failed(let key, let reason): "unit \(key) is left out: \(reason)"
        }
    }
}
