import Digests
import Foundation
import Probes
import Training
import Units

extension ProbeUnit {
    /// The probe's name in tables: its type and the options that distinguish probes, without the output width, which
    /// has its own column. For example `efficient 16 queries`, `linear class`, `linear mean logistic`.
    var probeLabel: String { probeLabel(leavingOut: nil) }

    /// The same without one option, for curves along that option's values.
    func probeLabel(leavingOut name: String?) -> String {
        // The majority class needs no probe, though a unit has one.
        let probeWords =
            control == .majority ? [] : [probe.type] + optionWords(leavingOut: name.map { [$0] } ?? [])
        return (probeWords + qualifierWords).joined(separator: " ")
    }

    /// The options that distinguish probes of the type, except those named.
    func optionWords(leavingOut names: [String]) -> [String] {
        let options = ProbeCatalog.types.first { $0.name == probe.type }?.options ?? []
        return options.filter { !names.contains($0.name) }.compactMap { option in
            probe.options[option.name].flatMap { $0.label(as: option) }
        }
    }

    /// How heads are found where that is not the usual way, the amount of samples, the protocol and the control.
    var qualifierWords: [String] {
        let others = MethodCatalog.methods(findingHeadsOf: probe.type).dropFirst()
        let method = others.filter { $0 == type(of: solver.method) }.map { $0.solverName }
        let amount = shots.map { [$0.label(ofVersion: protocolVersion)] } ?? []
        return (control == .majority ? [] : method) + amount + protocolNames
            + (control.map { ["[\($0.rawValue.replacing("-", with: " "))]"] } ?? [])
    }
}

extension ProbeUnit {
    private var protocolNames: [String] {
        switch solver.selection.choiceProtocol {
        case .inner: []
        case .paired: ["(optimistic, same rows)"]
        case .published: ["(optimistic)"]
        }
    }
}

extension Shots {
    /// The amount in labels: `5-shot`, `10%`, and `5-shot+4` where four more of each class choose.
    ///
    /// Units of protocol versions before 3 always had more to choose by.
    func label(ofVersion version: Int) -> String {
        guard let perClass else { return description }
        let hasMore = validation == "extra" || version < 3
        return "\(perClass)-shot" + (hasMore ? "+\(min(perClass, Shots.mostExtra))" : "")
    }
}

extension OptionValue {
    fileprivate func label(as option: ProbeOption) -> String? {
        switch (option.kind, self) {
        case (.width, _): nil
        case (.choice, _), (.name, _), (.pooling, _), (.preparation, _):
            self == option.defaultValue && option.name != "input" ? nil : option.labels[description] ?? description
        case (.levels, .list(let levels)): "mix " + levels.map(\.description).joined(separator: "+")
        case (.levels, _): nil
        case (.counts, .list(let values)): values.map(\.description).joined(separator: "-")
        default: "\(self) \(option.name)"
        }
    }
}

/// Digests of training methods, which order rows of the same probe; each method of a table is encoded once.
struct SolverDigests {
    private var known: [Solver: String] = [:]

    mutating func digest(of solver: Solver) -> String {
        if let digest = known[solver] { return digest }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let form = (try? encoder.encode(solver)) ?? Data()
        let digest = SHA256.hash(form).hexadecimal
        known[solver] = digest
        return digest
    }
}
