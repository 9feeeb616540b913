import Foundation
import Probes
import Units

extension SweepSpecification {
    /// The specification as YAML with every default written out; reading it restores the same specification.
    package var yaml: String {
        var lines = ["name: \(Self.scalar(name))", "features: \(Self.list(features.map(Self.scalar)))"]
        lines.append("layers: \(layers.map { Self.list($0.map { Self.scalar("\($0)") }) } ?? "all")")
        lines.append("tasks: \(tasks.map { Self.list($0.map(Self.task)) } ?? "all")")
        lines.append("folds: " + Self.mapping(folds.fields))
        lines.append("probes:")
        let shared = SharedMethods(probes)
        lines += probes.map { "  - " + Self.mapping($0.fields(shared: shared)) }
        lines += shared.fields.map { "\($0.name): \($0.value)" }
        lines.append("selection: " + Self.mapping(selection.fields))
        lines.append("protocol: \(`protocol`.rawValue)")
        lines.append("shots: \(shots.count == 1 ? Self.shots(shots[0]) : Self.list(shots.map(Self.shots)))")
        lines.append("draws: \(draws)")
        lines.append("class-weights: \(classWeights ?? "none")")
        lines.append("keep: \(keepsPredictions ? "predictions" : "nothing")")
        lines.append("seed: \(seed)")
        lines.append("kernel: \(kernel ?? "auto")")
        return lines.joined(separator: "\n") + "\n"
    }

    /// A field's name and its value as YAML writes it.
    typealias Field = (name: String, value: String)

    static func list(_ items: [String]) -> String { "[" + items.joined(separator: ", ") + "]" }

    static func mapping(_ fields: [Field]) -> String {
        "{" + fields.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + "}"
    }

    static func numbers(_ values: [Double]) -> String { list(values.map(number)) }

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
    var gradient: GradientSettings?
    var logistic: LogisticSettings?
    var ridge: RidgeSettings?
    var neighbours: NeighbourSettings?

    init(_ probes: [ProbeAxes]) {
        for probe in probes {
            switch probe.method {
            case .gradient(let settings): gradient = gradient ?? settings
            case .logistic(let settings): logistic = logistic ?? settings
            case .ridge(let settings): ridge = ridge ?? settings
            case .neighbours(let settings): neighbours = neighbours ?? settings
            case .nothing: break
            }
        }
    }

    var fields: [SweepSpecification.Field] {
        var fields: [SweepSpecification.Field] = []
        if let gradient { fields.append(("training", SweepSpecification.mapping(gradient.fields))) }
        if let logistic { fields.append(("logistic", SweepSpecification.mapping(logistic.fields))) }
        if let ridge { fields.append(("ridge", SweepSpecification.mapping(ridge.fields))) }
        if let neighbours { fields.append(("knn", SweepSpecification.mapping(neighbours.fields))) }
        return fields
    }
}

extension ProbeAxes {
    fileprivate func fields(shared: SharedMethods) -> [SweepSpecification.Field] {
        var fields: [SweepSpecification.Field] = [("type", type)]
        for option in ProbeVocabulary.options(of: type) {
            let values = options[option.name] ?? [option.defaultValue]
            let texts = values.map(\.description)
            fields.append((option.name, texts.count == 1 ? texts[0] : SweepSpecification.list(texts)))
        }
        let solvers = ProbeVocabulary.solvers(of: type)
        switch method {
        case .gradient(let settings):
            if solvers.count > 1 { fields.append(("solver", "gradient")) }
            if settings != shared.gradient { fields.append(("training", SweepSpecification.mapping(settings.fields))) }
        case .logistic(let settings):
            fields.append(("solver", "logistic"))
            if settings != shared.logistic { fields.append(("logistic", SweepSpecification.mapping(settings.fields))) }
        case .ridge(let settings):
            fields.append(("solver", "ridge"))
            if settings != shared.ridge { fields.append(("ridge", SweepSpecification.mapping(settings.fields))) }
        case .neighbours(let settings):
            if settings != shared.neighbours { fields.append(("knn", SweepSpecification.mapping(settings.fields))) }
        case .nothing: break
        }
        return fields
    }
}

extension FoldSettings {
    fileprivate var fields: [SweepSpecification.Field] {
        [("scheme", scheme), ("count", "\(count)"), ("repeats", "\(repeats)"), ("seed", "\(seed)")]
    }
}

extension SelectionSettings {
    fileprivate var fields: [SweepSpecification.Field] {
        if let folds { return [("method", "folds"), ("folds", "\(folds)")] }
        return [("method", "split"), ("fraction", SweepSpecification.number(fraction)), ("refit", "\(refit)")]
    }
}

extension GradientSettings {
    /// Only what the optimiser reads.
    fileprivate var fields: [SweepSpecification.Field] {
        var fields: [SweepSpecification.Field] = [
            ("optimizer", optimizer), ("momentum", SweepSpecification.number(momentum)),
        ]
        if optimizer == "adamw" { fields.append(("beta2", SweepSpecification.number(beta2))) }
        if optimizer == "lars" { fields.append(("trust", SweepSpecification.number(trust))) }
        return fields + [
            ("learning-rates", SweepSpecification.numbers(learningRates)),
            ("weight-decays", SweepSpecification.numbers(weightDecays)), ("epochs", "\(epochs)"),
            ("warmup", SweepSpecification.number(warmup)), ("batch", "\(batch)"),
            ("shuffle", shuffle.map { SweepSpecification.mapping($0.fields) } ?? "samples"),
        ]
    }
}

extension BlockShuffle {
    fileprivate var fields: [SweepSpecification.Field] { [("block", "\(block)"), ("window", "\(window)")] }
}

extension LogisticSettings {
    fileprivate var fields: [SweepSpecification.Field] {
        [
            ("penalties", SweepSpecification.numbers(penalties)), ("iterations", "\(maximumIterations)"),
            ("tolerance", SweepSpecification.number(tolerance)), ("gap", SweepSpecification.number(gap)),
        ]
    }
}

extension RidgeSettings {
    fileprivate var fields: [SweepSpecification.Field] { [("penalties", SweepSpecification.numbers(penalties))] }
}

extension NeighbourSettings {
    fileprivate var fields: [SweepSpecification.Field] {
        [
            ("neighbours", SweepSpecification.list(neighbours.map(String.init))),
            ("temperatures", SweepSpecification.numbers(temperatures)), ("similarity", similarity),
        ]
    }
}
