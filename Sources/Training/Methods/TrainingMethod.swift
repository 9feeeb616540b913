import Probes
package import Units

/// A way of finding a head, as users ask for it: its settings, what it can serve and what it costs.
///
/// Adding one takes a folder with a type that conforms to this protocol and to `PassMethod`, and a line in
/// ``MethodCatalog``; CONTRIBUTING.md walks through it.
package protocol TrainingMethod: MethodSettings {
    /// The section of specifications that has its settings; nil if it has none.
    static var section: String? { get }
    /// The settings of a specification that says nothing of them.
    static var standard: Self { get }

    /// Reads the section's fields; what is left out is as in `standard`.
    init(reading section: inout some SettingsReader, standard: Self)
    /// The section's fields with their values; reading them gives these settings.
    var fields: [SettingsField] { get }

    /// Whether it finds the heads of a type of probe.
    static func findsHeads(of probe: String) -> Bool
    /// Why it cannot serve a task; nil if it can.
    func refusal(of task: TaskReference, classWeights: String?) -> String?

    /// Whether rows of the training fold make a difference to its result. If not, neither does how choices are made.
    static var usesTrainingRows: Bool { get }
    /// Whether it draws random numbers, so that seeds make a difference to its result.
    static var usesSeed: Bool { get }
    /// The same with the middle one of its candidates, of two middle ones the smaller rate or the stronger penalty: for
    /// units that have nothing to choose by.
    var fixed: Self { get }
    /// The same without an extension of its grid of candidates.
    var unextended: Self { get }
    /// Whether it has a loss in which classes can be weighed.
    static var weighsClasses: Bool { get }
    /// Whether it leaves a head that is not made of the features alone, and can be exported.
    static var leavesHead: Bool { get }
    /// How it reads tokens of probes that pool by what they learn; nil if it only reads vectors that are pooled once.
    var tokenReading: TokenReading? { get }

    /// The operations of training, choosing and testing a unit, all candidates and epochs.
    func work(of unit: CostInputs) -> UnitWork
    /// Multiply–accumulates of training and choosing.
    ///
    /// - Parameter work: The unit's operations.
    func trainingMACs(of unit: CostInputs, _ work: UnitWork) -> Double
}

extension TrainingMethod {
    /// As specifications call it in the field `solver`.
    package static var solverName: String { name ?? "none" }

    package static var usesTrainingRows: Bool { true }
    package static var usesSeed: Bool { false }
    package var unextended: Self { self }
    package static var weighsClasses: Bool { true }
    package static var leavesHead: Bool { true }
    package var tokenReading: TokenReading? { nil }

    package func refusal(of task: TaskReference, classWeights: String?) -> String? { nil }

    /// Whether a type of probe pools without learning, so that only a linear head is to be found.
    static func isLinear(_ probe: String) -> Bool { probe == LinearProbe.name || probe == LastLayersProbe.name }
}

/// A method whose grid of candidates is extended where an end of it is clearly better than its neighbour.
protocol ExtendableMethod: TrainingMethod {
    /// The most values that the grid is extended by.
    var extend: Int { get set }
}

extension ExtendableMethod {
    package var unextended: Self {
        var settings = self
        settings.extend = 0
        return settings
    }
}

/// A reading of all tokens, once an epoch.
package struct TokenReading: Hashable, Sendable {
    /// B, samples of a batch.
    package let batch: Int
    package let epochs: Int
    /// Whether pieces of the set are read sequentially.
    package let isInBlocks: Bool
}

extension [Double] {
    /// The middle one of sorted values, of two middle ones the smaller; all of none.
    var middle: [Double] { isEmpty ? [] : [self[(count - 1) / 2]] }
}
