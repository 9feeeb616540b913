/// How a unit's head is found and how its open choices are made.
///
/// Its canonical form has the settings as a member of the method's name, `"ridge":{"penalties":[…]}`; none where
/// nothing is trained and nothing chosen.
package struct Solver: Sendable {
    package var settings: any MethodSettings
    /// The part of the training fold on which the open choices are made.
    package var selection: SelectionSettings
    /// `balanced`: the loss weighs each class, or the positives of each label, against their rarity in the training
    /// rows. Nil for equal weights.
    package var classWeights: String?

    package init(_ settings: any MethodSettings, selection: SelectionSettings, classWeights: String? = nil) {
        self.settings = settings
        self.selection = selection
        self.classWeights = classWeights
    }
}

/// A way of finding a head, with its settings. `Training` has a folder for each, and `MethodCatalog` the list of them.
package protocol MethodSettings: Codable, Hashable, Sendable {
    /// What canonical forms call it, such as `ridge`; nil for the one that trains nothing and has no settings.
    static var name: String? { get }
}

extension Solver: Hashable {
    package static func == (first: Solver, second: Solver) -> Bool {
        first.selection == second.selection && first.classWeights == second.classWeights
            && AnyHashable(first.settings) == AnyHashable(second.settings)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(AnyHashable(settings))
        hasher.combine(selection)
        hasher.combine(classWeights)
    }
}

extension CodingUserInfoKey {
    /// The methods that a decoder knows: `[any MethodSettings.Type]`.
    package static let methods = CodingUserInfoKey(rawValue: "methods")
}

extension Solver: Codable {
    private static let selectionKey = DynamicKey("selection")
    private static let classWeightsKey = DynamicKey("classWeights")

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: DynamicKey.self)
        if let name = type(of: settings).name { try container.encode(settings, forKey: DynamicKey(name)) }
        try container.encode(selection, forKey: Self.selectionKey)
        try container.encodeIfPresent(classWeights, forKey: Self.classWeightsKey)
    }

    /// - Throws: `DecodingError` for a method that the decoder does not know.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: DynamicKey.self)
        let names = Set(container.allKeys).subtracting([Self.selectionKey, Self.classWeightsKey]).map(\.stringValue)
        let methods = CodingUserInfoKey.methods.flatMap { decoder.userInfo[$0] as? [any MethodSettings.Type] } ?? []
        guard names.count <= 1, let method = methods.first(where: { $0.name == names.first }) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath,
                    debugDescription: "heads are found by \(names.sorted().joined(separator: " and ")), which this "
                        + "version of ProbeSweep does not know"))
        }
        settings = try method.init(
            from: names.first.map { try container.superDecoder(forKey: DynamicKey($0)) } ?? decoder)
        selection = try container.decode(SelectionSettings.self, forKey: Self.selectionKey)
        classWeights = try container.decodeIfPresent(String.self, forKey: Self.classWeightsKey)
    }
}

/// Choices are made on an inner split, or inner folds, of the training fold and never see the test fold, unless the
/// published protocol is requested.
package struct SelectionSettings: Codable, Hashable, Sendable {
    /// Share of the training fold that is held back for choosing, in the same manner (strata, groups) as the folds.
    package var fraction: Double
    /// Whether the chosen candidate is trained again on the whole training fold before it is tested.
    package var refit: Bool
    /// J, inner folds over which a candidate's scores are averaged; the chosen one is always trained again on the whole
    /// training fold. Nil for one inner split.
    package var folds: Int?
    /// Nil for the honest protocol. `published`: every candidate trains on the whole training fold, and the best
    /// candidate and epoch on the test fold are taken, as the literature does. `paired`: the same along the trajectories
    /// of the honest protocol, on the same rows. Either result is optimistic.
    package var `protocol`: String?
    /// `metric`: the task's metric chooses, and the loss where it has no value. Nil: the loss on the held-back rows
    /// chooses where there is one.
    package var by: String?
    /// `last`: the last epoch is taken, and epochs are no choice. Nil for the best one.
    package var epoch: String?

    package init(
        fraction: Double, refit: Bool, folds: Int? = nil, protocol name: String? = nil, by criterion: String? = nil,
        epoch: String? = nil
    ) {
        self.fraction = fraction
        self.refit = refit
        self.folds = folds
        self.protocol = name
        self.by = criterion
        self.epoch = epoch
    }

    /// Everything in the training fold is trained on, and nothing is left to choose by.
    package static let nothingHeldBack = SelectionSettings(fraction: 0, refit: false)

    /// One inner split of a tenth, without a refit.
    package static let standard = SelectionSettings(fraction: 0.1, refit: false)

    /// Whether the test fold itself made the choices.
    package var isOptimistic: Bool { `protocol` != nil }

    /// Whether the tested head is trained anew after the choice.
    package var trainsAgain: Bool { !isOptimistic && testsWholeFold }

    /// Whether the honest protocol tests heads that were trained on the whole training fold.
    package var testsWholeFold: Bool { refit || folds != nil }
}
