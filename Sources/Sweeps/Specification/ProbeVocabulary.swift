import Identities
import Probes
import Training

/// The valid names in specifications of probes, from the catalogue of probe types.
enum ProbeVocabulary {
    /// The names of all types.
    static let types = ProbeCatalog.types.map { $0.name }

    static func options(of type: String) -> [ProbeOption] {
        ProbeCatalog.types.first { $0.name == type }?.options ?? []
    }

    /// Every option with its default as only value.
    static func defaults(of type: String) -> [String: [OptionValue]] {
        Dictionary(uniqueKeysWithValues: options(of: type).map { ($0.name, [$0.defaultValue]) })
    }

    /// Leaves the solver to the task, where a type's heads can be found by several.
    static let automatic = "auto"

    /// The methods by which a type's heads can be found, the default first.
    static func solvers(of type: String) -> [String] {
        let names = MethodCatalog.methods(findingHeadsOf: type).map { $0.solverName }
        return names.count > 1 ? [automatic] + names : names
    }
}

/// "Did you mean …?" if a similar name exists, otherwise the list of the valid ones.
func suggestion(for name: String, among candidates: [String]) -> String {
    if let nearest = nearestName(to: name, among: candidates) { return "Did you mean \"\(nearest)\"?" }
    return candidates.isEmpty ? "There are none." : "Valid are: \(candidates.joined(separator: ", "))."
}
