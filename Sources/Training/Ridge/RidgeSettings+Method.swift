package import Units

extension RidgeSettings: PassMethod {
    package static var name: String? { "ridge" }
    package static var section: String? { "ridge" }

    /// Seven penalties a factor 10 apart around scikit-learn's 1.
    package static let standard = RidgeSettings(penalties: [0.001, 0.01, 0.1, 1, 10, 100, 1000])

    package init(reading section: inout some SettingsReader, standard: RidgeSettings) {
        self.init(penalties: section.numbers("penalties", default: standard.penalties, in: 0...1e12).sorted())
    }

    package var fields: [SettingsField] { [SettingsField("penalties", .numbers(penalties))] }

    package var fixed: RidgeSettings {
        var settings = self
        settings.penalties = penalties.middle
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
