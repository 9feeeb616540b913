import Foundation
package import Probes
import Training
package import Units

/// What a specification calls a way of training: shown in tables, and no part of a unit.
package struct TrainingLabel: Codable, Hashable, Sendable {
    /// The type of the probe entry.
    package var probe: String
    /// The values of the entry's options, without widths and levels, which are relative to a layer.
    package var options: [String: [OptionValue]]
    /// The settings by which heads are found, in canonical form; several where the task decides.
    package var settings: [String]
    package var label: String

    /// Those of a specification's entries, nil if none has any.
    static func all(of specification: SweepSpecification) -> [TrainingLabel]? {
        let labels = specification.probes.compactMap { entry in
            entry.label.map { TrainingLabel(entry, label: $0) }
        }
        return labels.isEmpty ? nil : labels
    }

    private init(_ entry: ProbeAxes, label: String) {
        probe = entry.type
        options = entry.options.filter { name, _ in
            Self.options(of: entry.type).contains { $0.name == name && $0.isAbsolute }
        }
        // Few samples, and the test fold as judge, leave parts of the settings out.
        let methods: [any TrainingMethod] = entry.methods.flatMap { method -> [any TrainingMethod] in
            [method, method.fixed, method.unextended, method.fixed.unextended]
        }
        settings = Set(methods.map { Self.form(of: $0) }).sorted()
        self.label = label
    }

    /// Whether a unit is of the entry that has the label.
    package func names(_ unit: ProbeUnit) -> Bool {
        unit.probe.type == probe && settings.contains(Self.form(of: unit.solver.settings))
            && Self.options(of: probe).allSatisfy { option in
                options[option.name]?.contains(unit.probe.options[option.name] ?? option.defaultValue) ?? true
            }
    }

    private static func form(of settings: any MethodSettings) -> String {
        String(decoding: CanonicalJSON.bytes(of: Solver(settings, selection: .standard)), as: UTF8.self)
    }

    private static func options(of type: String) -> [ProbeOption] {
        ProbeCatalog.types.first { $0.name == type }?.options ?? []
    }
}

extension ProbeOption {
    /// Whether its values mean the same on every layer.
    fileprivate var isAbsolute: Bool {
        switch kind {
        case .width, .blocks, .countOfBackbone, .levels: false
        case .choice, .count, .counts, .name, .pooling, .preparation: true
        }
    }
}
