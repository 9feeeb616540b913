package import Identities
import Training

/// Why nothing can be said of what heads attend to.
package enum AttentionError: Error, Equatable, CustomStringConvertible {
    /// No selected unit has a head whose attention can be read; the reasons, a line each.
    case nothing(sweep: String, [String])
    /// The head's logits, computed where its maps are read, are not those that it was scored by.
    case otherLogits(UnitKey)
    case failed(UnitKey, String)

    package var description: String {
        switch self {
        case .nothing(let sweep, let reasons):
            """
            nothing of sweep \(sweep) can be analysed: \
            \(reasons.isEmpty ? "it has no results" : reasons.joined(separator: "; ")). The attention of these probes \
            can be read: \(AttentionUnsupported.methods)
            """
        case .otherLogits(let key):
            """
            unit \(key): the logits of the trained head, evaluated with its own maps, are not the scored ones; this is a \
            fault of the program, and nothing is reported of the unit
            """
        case .failed(let key, let reason): "unit \(key) cannot be trained here: \(reason)"
        }
    }
}
