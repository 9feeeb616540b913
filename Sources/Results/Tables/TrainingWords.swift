import Training
import Units

/// What distinguishes ways of training the same probe, in words: `10 epochs`, `batch 64`.
enum TrainingWords {
    /// A name for each unit, of the settings in which they differ; numbered where words do not tell two apart.
    ///
    /// - Parameter digests: Decide the numbers, so that these do not depend on the order of the units.
    static func names(of units: [ProbeUnit], digests: [String]) -> [String] {
        let facts = units.map { Facts(of: $0) }
        var order: [String] = []
        for name in facts.flatMap(\.order) where !order.contains(name) { order.append(name) }
        var differing = order.filter { name in Set(facts.map { $0.words[name] ?? "" }).count > 1 }
        // Another optimiser has other settings by itself.
        if differing.contains("optimizer") { differing.removeAll { ["beta2", "trust"].contains($0) } }
        let names = facts.map { facts in
            differing.compactMap { facts.words[$0] }.filter { !$0.isEmpty }.joined(separator: " ")
        }
        let ranks = digests.indices.map { own in
            digests.indices.count { (digests[$0], $0) < (digests[own], own) } + 1
        }
        return names.indices.map { index in
            let isUnique = names.count { $0 == names[index] } == 1
            let parts = [names[index], isUnique ? "" : "variant \(ranks[index])"].filter { !$0.isEmpty }
            return parts.joined(separator: " ")
        }
    }

    /// The settings of one unit as words, by name and in order.
    private struct Facts {
        var order: [String] = []
        var words: [String: String] = [:]

        init(of unit: ProbeUnit) {
            for field in unit.solver.method.fields { add(field.name, TrainingWords.words(for: field)) }
            let selection = unit.solver.selection
            add(
                "selection",
                selection.folds.map { "\($0) inner folds" }
                    ?? "split \(RoundTripFormat.number(selection.fraction))" + (selection.refit ? " refit" : ""))
            add("by", selection.by == nil ? "by loss" : "by metric")
            add("epoch", selection.epoch == nil ? "best epoch" : "last epoch")
            add("class-weights", unit.solver.classWeights ?? "unweighted")
            add("kernel", unit.kernel.map { "kernel \($0)" } ?? "")
            add("loss", unit.task.loss?.rawValue ?? "")
            add("folds", unit.fold.count == 1 ? "1 fold" : "\(unit.fold.count) folds")
            add("fold-scheme", unit.fold.scheme)
            add("fold-seed", "fold seed \(unit.fold.seed)")
        }

        private mutating func add(_ name: String, _ word: String) {
            order.append(name)
            words[name] = word
        }
    }

    private static func words(for field: SettingsField) -> String {
        switch (field.name, field.value) {
        case ("epochs", .integer(let count)): "\(count) \(count == 1 ? "epoch" : "epochs")"
        case ("optimizer", .text(let name)): name
        case ("recipe", .text(let name)): "\(name) recipe"
        case (let name, let value): "\(name) \(text(value))"
        }
    }

    private static func text(_ value: SettingsField.Value) -> String {
        switch value {
        case .integer(let value): "\(value)"
        case .integers(let values): list(values.map(String.init))
        case .number(let value): RoundTripFormat.number(value)
        case .numbers(let values): list(values.map { RoundTripFormat.number($0) })
        case .text(let text): text
        case .section(let fields): fields.map { "\($0.name) \(text($0.value))" }.joined(separator: " ")
        }
    }

    /// Three values at most, else the ends and how many there are: commas separate the parts of a row's name.
    private static func list(_ values: [String]) -> String {
        guard values.count > 3, let first = values.first, let last = values.last else {
            return values.joined(separator: "/")
        }
        return "\(first)–\(last) (\(values.count))"
    }
}
