package import Units

extension RidgeSettings: PassMethod, ExtendableMethod {
    package static var name: String? { "ridge" }
    package static var section: String? { "ridge" }

    /// Six penalties a factor 10 apart, as many candidates as every method has. Held-back errors were smallest at 100 and
    /// 1000 on features 384 wide, and at 10 and 100 on 13 to 64 dimensions.
    package static let standard = RidgeSettings(penalties: [0.1, 1, 10, 100, 1000, 10_000])

    package init(reading section: inout some SettingsReader, standard: RidgeSettings) {
        self.init(
            penalties: section.numbers("penalties", default: standard.penalties, in: 0...1e12).sorted(),
            extend: section.integer("extend", default: standard.extend, in: 0...20))
    }

    package var fields: [SettingsField] {
        [SettingsField("penalties", .numbers(penalties)), SettingsField("extend", .integer(extend))]
    }

    package var fixed: RidgeSettings {
        var settings = unextended
        // Of two middle ones the greater, which is the stronger.
        settings.penalties = penalties.isEmpty ? [] : [penalties[penalties.count / 2]]
        return settings
    }

    package static func findsHeads(of probe: String) -> Bool { isLinear(probe) }

    package func refusal(of task: TaskReference, classWeights: String?) -> String? {
        if task.trainingLoss == .pairwise { return "is found by ridge regression, which compares no pairs" }
        let weighs = classWeights != nil && task.trainingLoss != .squared
        return weighs ? "is found by ridge regression, which weighs all rows alike" : nil
    }

    static func train(_ units: [RidgeUnit], _ context: PassContext) {
        for group in RidgeGroup.groups(of: units) { group.run(context) }
    }
}
