import Features
package import Units

extension LogisticSettings: PassMethod, ExtendableMethod {
    package static var name: String? { "logistic" }
    package static var section: String? { "logistic" }

    /// Six inverse penalties a factor 10 apart, as many candidates as every method has, and scikit-learn's stopping rule.
    /// Held-back losses were smallest at 0.01 on features 384 wide, and between 1 and 1000 on 13 to 64 dimensions.
    package static let standard = LogisticSettings(
        penalties: [0.001, 0.01, 0.1, 1, 10, 100], maximumIterations: 1000, tolerance: 0.0001)

    package init(reading section: inout some SettingsReader, standard: LogisticSettings) {
        self.init(
            penalties: section.numbers("penalties", default: standard.penalties, in: 1e-12...1e12).sorted(),
            maximumIterations: section.integer(
                "iterations", default: standard.maximumIterations, in: 1...1_000_000),
            tolerance: section.number("tolerance", default: standard.tolerance, in: 1e-15...1),
            gap: section.number("gap", default: standard.gap, in: 1e-15...1),
            extend: section.integer("extend", default: standard.extend, in: 0...20))
    }

    package var fields: [SettingsField] {
        [
            SettingsField("penalties", .numbers(penalties)), SettingsField("iterations", .integer(maximumIterations)),
            SettingsField("tolerance", .number(tolerance)), SettingsField("gap", .number(gap)),
            SettingsField("extend", .integer(extend)),
        ]
    }

    package var fixed: LogisticSettings {
        var settings = unextended
        settings.penalties = penalties.middle
        return settings
    }

    package static func findsHeads(of probe: String) -> Bool { isLinear(probe) }

    package func refusal(of task: TaskReference, classWeights: String?) -> String? {
        switch FeatureTask.Kind(rawValue: task.kind) {
        case .ranking, .regression: "is found by logistic regression, which predicts classes and not numbers"
        default:
            task.trainingLoss == .pairwise ? "is found by logistic regression, which compares no pairs" : nil
        }
    }

    static func train(_ units: [LogisticUnit], _ context: PassContext) { LogisticGroup(units: units).run(context) }
}
