import Foundation
import Probes
import Training
import Units

extension SweepSpecification {
    /// The specification as YAML with every default written out; reading it restores the same specification.
    package var yaml: String {
        var lines = ["name: \(Self.scalar(name))", "features: \(Self.list(features.map(featuresText)))"]
        lines.append("layers: \(layers.map { Self.list($0.map { Self.scalar("\($0)") }) } ?? "all")")
        lines.append("tasks: \(tasks.map { Self.list($0.map(Self.task)) } ?? "all")")
        lines.append("samples: \(samples.rawValue)")
        lines.append("folds: " + Self.mapping(folds.fields))
        lines.append("probes:")
        let shared = SharedMethods(probes)
        lines += probes.map { "  - " + Self.mapping($0.fields(shared: shared)) }
        lines += shared.fields.map { "\($0.name): \($0.value)" }
        let lowShot: [Field] = [("low-shot", drawsExtraShots ? "extra" : "within")]
        lines.append("selection: " + Self.mapping(selection.fields + lowShot))
        lines.append("protocol: \(`protocol`.rawValue)")
        lines.append("shots: \(shots.count == 1 ? Self.shots(shots[0]) : Self.list(shots.map(Self.shots)))")
        lines.append("draws: \(draws.map(String.init) ?? "auto")")
        lines.append("class-weights: \(classWeights ?? "none")")
        lines.append("keep: \(keepsPredictions ? "predictions" : "nothing")")
        lines.append("seed: \(seed)")
        lines.append("seeds: \(seeds)")
        lines.append("controls: " + (controls.isEmpty ? "none" : Self.list(controls.map(\.rawValue))))
        lines.append("kernel: \(kernel ?? "auto")")
        if let attention {
            let units = attention.units.map { Self.list($0.map { "\"\($0)\"" }) } ?? "all"
            lines.append("attention: " + Self.mapping([("units", units), ("kernel", attention.kernel ?? "auto")]))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A field's name and its value as YAML writes it.
    typealias Field = (name: String, value: String)

    static func list(_ items: [String]) -> String { "[" + items.joined(separator: ", ") + "]" }

    static func mapping(_ fields: [Field]) -> String {
        "{" + fields.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + "}"
    }

    /// The shortest text that reads back as the same number, without a fraction if there is none.
    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    /// A text, quoted where YAML would otherwise read it as something else.
    static func scalar(_ text: String) -> String {
        let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "_./ -"))
        let isPlain =
            text.unicodeScalars.allSatisfy(plain.contains) && !text.hasPrefix("-") && !text.hasPrefix(" ")
            && !text.hasSuffix(" ") && !text.isEmpty
        return isPlain ? text : String(decoding: CanonicalJSON.bytes(of: text), as: UTF8.self)
    }

    /// A folder, or a mapping where it has a name or untrained features belong to it.
    private func featuresText(_ folder: String) -> String {
        var fields: [Field] = [("path", Self.scalar(folder))]
        if let name = names[folder] { fields.append(("name", Self.scalar(name))) }
        if let twins = untrained[folder] { fields.append(("untrained", Self.list(twins.map(Self.scalar)))) }
        return fields.count == 1 ? Self.scalar(folder) : Self.mapping(fields)
    }

    private static func shots(_ amount: Shots?) -> String { amount?.description ?? "all" }

    private static func task(_ task: TaskSelection) -> String {
        var fields: [Field] = [("name", scalar(task.name))]
        if let metric = task.metric { fields.append(("metric", scalar(metric))) }
        if let loss = task.loss { fields.append(("loss", loss.rawValue)) }
        if let negatives = task.negatives { fields.append(("negatives", "\(negatives)")) }
        return fields.count == 1 ? scalar(task.name) : mapping(fields)
    }
}

/// The settings that probe entries share, which are written once for the whole sweep: those of the first entry that
/// uses each method.
private struct SharedMethods {
    private let settings: [any TrainingMethod]

    init(_ probes: [ProbeAxes]) {
        settings = MethodCatalog.methods.compactMap { method in
            probes.lazy.flatMap(\.methods).first { type(of: $0) == method }
        }
    }

    func contains(_ method: any TrainingMethod) -> Bool {
        settings.contains { AnyHashable($0) == AnyHashable(method) }
    }

    var fields: [SweepSpecification.Field] { settings.compactMap { $0.sectionField } }
}

extension ProbeAxes {
    fileprivate func fields(shared: SharedMethods) -> [SweepSpecification.Field] {
        var fields: [SweepSpecification.Field] = [("type", type)]
        for option in ProbeVocabulary.options(of: type) {
            let values = options[option.name] ?? [option.defaultValue]
            let texts = values.map { option.kind == .levels ? $0.levelsText : $0.description }
            fields.append((option.name, texts.count == 1 ? texts[0] : SweepSpecification.list(texts)))
        }
        if ProbeVocabulary.solvers(of: type).count > 1 {
            fields.append(
                ("solver", methods.count > 1 ? ProbeVocabulary.automatic : Swift.type(of: methods[0]).solverName))
        }
        if let label { fields.append(("label", SweepSpecification.scalar(label))) }
        return fields + methods.filter { !shared.contains($0) }.compactMap(\.sectionField)
    }
}

extension OptionValue {
    /// A choice of levels, names quoted where YAML needs that.
    fileprivate var levelsText: String {
        guard case .list(let levels) = self else { return description }
        return SweepSpecification.list(levels.map { SweepSpecification.scalar($0.description) })
    }
}

extension TrainingMethod {
    /// Nil for a method without settings.
    fileprivate var sectionField: SweepSpecification.Field? {
        Self.section.map { ($0, SweepSpecification.mapping(fields.map { ($0.name, $0.value.yaml) })) }
    }
}

extension SettingsField.Value {
    fileprivate var yaml: String {
        switch self {
        case .integer(let value): "\(value)"
        case .integers(let values): SweepSpecification.list(values.map(String.init))
        case .number(let value): SweepSpecification.number(value)
        case .numbers(let values): SweepSpecification.list(values.map(SweepSpecification.number))
        case .text(let text): text
        case .section(let fields): SweepSpecification.mapping(fields.map { ($0.name, $0.value.yaml) })
        }
    }
}

extension FoldSettings {
    fileprivate var fields: [SweepSpecification.Field] {
        [("scheme", scheme), ("count", "\(count)"), ("repeats", "\(repeats)"), ("seed", "\(seed)")]
    }
}

extension SelectionSettings {
    fileprivate var fields: [SweepSpecification.Field] {
        let ways: [SweepSpecification.Field] = [("by", by ?? "loss"), ("epoch", epoch ?? "best")]
        if let folds { return [("method", "folds"), ("folds", "\(folds)")] + ways }
        return [("method", "split"), ("fraction", SweepSpecification.number(fraction)), ("refit", "\(refit)")] + ways
    }
}
