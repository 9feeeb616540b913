import Probes

/// The mixtures of levels that a sweep asks for on one feature set, by the indices of their levels, rising.
struct Mixtures {
    /// Of each probe entry; none for an entry that mixes nothing.
    fileprivate(set) var ofEntries: [[[LayerFacts]]] = []

    /// The deepest level of each mixture, which its units name as their layer.
    var owners: [LayerFacts] {
        var owners: [LayerFacts] = []
        for owner in ofEntries.joined().compactMap(\.last) where !owners.contains(owner) { owners.append(owner) }
        return owners
    }
}

/// What of a sweep's entries stands on one layer.
struct Levels {
    private let mixtures: Mixtures
    /// Whether the layer is swept by itself, and not only the deepest of a mixture.
    let isSwept: Bool

    init(_ mixtures: Mixtures, isSwept: Bool) { (self.mixtures, self.isSwept) = (mixtures, isSwept) }

    /// The entry with those of its mixtures whose deepest level the layer is; nil where the layer has nothing of it.
    func axes(of entry: ProbeAxes, at index: Int, on layer: LayerFacts) -> ProbeAxes? {
        guard entry.mixesLevels else { return isSwept ? entry : nil }
        let own = mixtures.ofEntries[index].filter { $0.last == layer }
        guard !own.isEmpty else { return nil }
        var axes = entry
        axes.options[LevelMix.option.name] = own.map { .list($0.map { .integer($0.index) }) }
        return axes
    }
}

extension PlanExpansion {
    /// Finds the levels of every mixture, and reports those that the set does not have or that do not fit together.
    ///
    /// - Parameter swept: What `all` stands for.
    mutating func mixtures(of set: FeatureSetFacts, sweeping swept: [LayerFacts]) -> Mixtures {
        var mixtures = Mixtures()
        for (index, entry) in specification.probes.enumerated() {
            guard entry.mixesLevels else {
                mixtures.ofEntries.append([])
                continue
            }
            let field = "probes[\(index)].\(LevelMix.option.name)"
            var found: [[LayerFacts]] = []
            for value in entry.options[LevelMix.option.name] ?? [] {
                guard let levels = levels(value, field, of: set, sweeping: swept), fit(levels, field, of: set),
                    !found.contains(levels)
                else { continue }
                found.append(levels)
            }
            mixtures.ofEntries.append(found)
        }
        return mixtures
    }

    private mutating func levels(
        _ value: OptionValue, _ field: String, of set: FeatureSetFacts, sweeping swept: [LayerFacts]
    ) -> [LayerFacts]? {
        guard case .list(let names) = value else { return swept.sorted { $0.index < $1.index } }
        var levels: [LayerFacts] = []
        for name in names {
            if let level = set.layers.first(where: { $0.isNamed(by: name) }) {
                if !levels.contains(level) { levels.append(level) }
                continue
            }
            let valid = set.layers.map { if case .integer = name { "\($0.index)" } else { $0.name } }
            report(
                field, name.description, "is not a layer of feature set \(set.name).",
                remedy: suggestion(for: name.description, among: valid))
            return nil
        }
        return levels.sorted { $0.index < $1.index }
    }

    /// Whether tokens of the levels can lie side by side.
    private mutating func fit(_ levels: [LayerFacts], _ field: String, of set: FeatureSetFacts) -> Bool {
        guard levels.count > 1, let first = levels.first else {
            report(
                field, nil, "mixes fewer than two levels of feature set \(set.name).",
                remedy: "Name two levels or more, or sweep the level by itself.")
            return false
        }
        for level in levels.dropFirst()
        where level.width != first.width || level.tokens != first.tokens || level.meanTokens != first.meanTokens {
            report(
                field, nil,
                "mixes levels \(first.index) and \(level.index) of \(set.name), which differ in width or in tokens: "
                    + "\(first.shapeText) and \(level.shapeText).",
                remedy: "Mix levels with the same width and the same tokens.")
            return false
        }
        return true
    }
}

extension ProbeAxes {
    /// Whether its probes mix levels.
    var mixesLevels: Bool {
        options[LevelMix.option.name].map { !$0.contains(LevelMix.option.defaultValue) } ?? false
    }
}

extension LayerFacts {
    fileprivate func isNamed(by value: OptionValue) -> Bool {
        switch value {
        case .integer(let number): index == number
        case .text(let text): name == text
        case .flag, .number, .list: false
        }
    }

    fileprivate var shapeText: String {
        "\(tokens.lowerBound == tokens.upperBound ? "" : "\(tokens.lowerBound) to ")\(tokens.upperBound) tokens, "
            + "\(width) wide"
    }
}
