import Foundation
package import Probes
import Training
package import Units

/// What a specification calls a way of training: shown in tables, and no part of a unit.
package struct TrainingLabel: Codable, Hashable, Sendable {
    /// The type of the probe entry.
    package var probe: String
    /// The values of the entry's options, widths and levels as they were written.
    package var options: [String: [OptionValue]]
    /// The settings by which heads are found, in canonical form; several where the task decides.
    package var settings: [String]
    /// Nil for an entry without a label beside entries of its type that have one.
    package var label: String?

    /// Those of a specification's entries, nil if none has any.
    static func all(of specification: SweepSpecification) -> [TrainingLabel]? {
        let labelled = Set(specification.probes.filter { $0.label != nil }.map(\.type))
        let labels = specification.probes.filter { labelled.contains($0.type) }.map { TrainingLabel($0) }
        return labels.isEmpty ? nil : labels
    }

    private init(_ entry: ProbeAxes) {
        probe = entry.type
        options = entry.options
        // Few samples, and the test fold as judge, leave parts of the settings out.
        let methods: [any TrainingMethod] = entry.methods.flatMap { method -> [any TrainingMethod] in
            [method, method.fixed, method.unextended, method.fixed.unextended]
        }
        settings = Set(methods.map { Self.form(of: $0) }).sorted()
        label = entry.label
    }

    /// The label of the entry that a unit is of: of several that may be, the first that names the unit's values
    /// rather than a word that stands for them.
    ///
    /// - Parameter settings: the ``form(of:)`` of the unit's settings.
    package static func label(of unit: ProbeUnit, settings: String, among labels: [TrainingLabel]) -> String? {
        let matches = labels.compactMap { label in label.match(unit, settings: settings).map { (label, $0) } }
        return (matches.first { $0.1 == .exact } ?? matches.first)?.0.label
    }

    /// Settings in the form in which they are compared.
    package static func form(of settings: any MethodSettings) -> String {
        String(decoding: CanonicalJSON.bytes(of: Solver(settings, selection: .standard)), as: UTF8.self)
    }

    /// How far an entry names a unit.
    fileprivate enum Match { case exact, open }

    /// Nil for a unit of another entry.
    private func match(_ unit: ProbeUnit, settings form: String) -> Match? {
        guard unit.probe.type == probe, settings.contains(form) else { return nil }
        let known = ProbeCatalog.types.first { $0.name == probe }?.options ?? []
        let matches = known.map { option -> Match? in
            guard let values = options[option.name] else { return .exact }
            return option.match(values, unit)
        }
        return matches.contains(nil) ? nil : matches.contains(.open) ? .open : .exact
    }
}

extension ProbeOption {
    /// Whether one of an entry's values is the unit's, or a word that may have become it.
    fileprivate func match(_ values: [OptionValue], _ unit: ProbeUnit) -> TrainingLabel.Match? {
        let own = unit.probe.options[name] ?? defaultValue
        switch kind {
        case .choice, .count, .counts, .name, .pooling, .preparation: return values.contains(own) ? .exact : nil
        case .width:
            func width(_ value: OptionValue) -> OptionValue { value.resolved(width: unit.features.width) }
            return values.map(width).contains(width(own)) ? .exact : nil
        case .blocks, .countOfBackbone, .levels:
            if values.map(\.rising).contains(own.rising) { return .exact }
            return own != defaultValue && values.contains(where: \.isOpen) ? .open : nil
        }
    }
}

extension OptionValue {
    /// Levels by index in the order of units; other values as they are.
    fileprivate var rising: OptionValue {
        guard case .list(let values) = self, !isOpen else { return self }
        let indices = values.compactMap { if case .integer(let index) = $0 { index } else { nil } }
        return .list(indices.sorted().map(OptionValue.integer))
    }

    /// Whether it is, or has, a word that becomes a number once the features are known: `rest`, `all`, a level's name.
    fileprivate var isOpen: Bool {
        switch self {
        case .text(let word): word != LevelMix.none
        case .list(let values): values.contains(where: \.isOpen)
        default: false
        }
    }
}
