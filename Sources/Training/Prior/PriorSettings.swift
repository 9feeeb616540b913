import Probes
import Units

/// What the targets of the training rows alone predict: the control `majority`. Nothing is trained, and nothing chosen.
package struct PriorSettings: TrainingMethod {
    package init() {}
}

extension PriorSettings: PassMethod {
    package static var name: String? { "prior" }
    package static var section: String? { nil }
    package static let standard = PriorSettings()

    package init(reading section: inout some SettingsReader, standard: PriorSettings) { self = standard }
    package var fields: [SettingsField] { [] }

    // Sweeps ask for it as a control, and not as a probe's solver.
    package static func findsHeads(of probe: String) -> Bool { false }

    package static var weighsClasses: Bool { false }
    package static var leavesHead: Bool { false }
    package var fixed: PriorSettings { self }

    package func work(of unit: CostInputs) -> UnitWork { UnitWork() }
    package func trainingMACs(of unit: CostInputs, _ work: UnitWork) -> Double { 0 }

    static func train(_ units: [PriorUnit], _ context: PassContext) {
        for unit in units where !context.observer.isCancelled(unit.prepared.key) {
            context.observer.finished(.trained(unit.trained(context)))
        }
    }
}
