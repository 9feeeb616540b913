import Foundation
package import Identities

/// What a unit needs of the machine that trains it, by content: its layers, its task, its weights, its kernel path.
package struct InputContent: Codable, Hashable, Sendable {
    /// The members of a unit's canonical form that say so.
    package static let memberNames: [UnitMembers.Name] = [.earlierLayers, .features, .kernel, .task, .weights]

    package var earlierLayers: [LayerReference]?
    package var features: LayerReference
    package var kernel: String?
    package var task: TaskReference
    package var weights: WeightsReference?

    package init(_ unit: ProbeUnit) {
        earlierLayers = unit.earlierLayers
        features = unit.features
        kernel = unit.kernel
        task = unit.task
        weights = unit.weights
    }

    /// - Parameter content: JSON, as units write these members.
    /// - Throws: `DecodingError`.
    package init(json content: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(content.utf8))
    }

    /// Those members of a canonical form, by themselves.
    package var form: CanonicalForm { members.form }

    var members: UnitMembers {
        var members = UnitMembers()
        members.encode(earlierLayers, as: .earlierLayers)
        members.encode(features, as: .features)
        members.encode(kernel, as: .kernel)
        members.encode(task, as: .task)
        members.encode(weights, as: .weights)
        return members
    }

    package var layers: [LayerReference] { [features] + (earlierLayers ?? []) }
}

extension InputID {
    /// SHA-256 of the members that say what a unit reads.
    package init(of form: CanonicalForm) { self.init(UnitKey(of: form).description) }
}
