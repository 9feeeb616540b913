import Probes
package import Units

/// Nothing is trained and nothing chosen: class embeddings are given.
package struct ZeroShotSettings: TrainingMethod {
    package init() {}
}

extension ZeroShotSettings: PassMethod {
    package static var name: String? { nil }
    package static var section: String? { nil }
    package static let standard = ZeroShotSettings()

    package init(reading section: inout some SettingsReader, standard: ZeroShotSettings) { self = standard }
    package var fields: [SettingsField] { [] }

    package static func findsHeads(of probe: String) -> Bool { probe == ZeroShotProbe.name }

    package static var usesTrainingRows: Bool { false }
    package static var weighsClasses: Bool { false }
    package static var leavesHead: Bool { false }
    package var fixed: ZeroShotSettings { self }

    package func work(of unit: CostInputs) -> UnitWork { UnitWork() }
    package func trainingMACs(of unit: CostInputs, _ work: UnitWork) -> Double { 0 }

    static func train(_ units: [ZeroShotUnit], _ context: PassContext) { ZeroShotGroup(units: units).run(context) }
}

extension Solver {
    /// Nothing is trained. The selection is the default, whatever the sweep's: it does not affect the result.
    package static let nothing = Solver(ZeroShotSettings(), selection: .standard)
}
