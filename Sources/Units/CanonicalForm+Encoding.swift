import Digests
package import Foundation
package import Identities

/// JSON with sorted keys and no white space: equal values have equal bytes.
package enum CanonicalJSON {
    package static func bytes(of value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(value)
        } catch {
            preconditionFailure("Units hold only finite numbers and strings, which JSON can always write: \(error)")
        }
    }
}

extension FormMember {
    package init(_ name: UnitMembers.Name, _ value: some Encodable) {
        self.init(Array("\"\(name)\":".utf8) + CanonicalJSON.bytes(of: value))
    }
}

/// The members of a unit's canonical form, each encoded by itself.
///
/// A plan encodes each of its parts once and takes them for all units that have them in common.
package struct UnitMembers: Sendable {
    /// In the order of the form: that of sorted keys.
    package enum Name: Int, CaseIterable, Sendable {
        case analysis, control, earlierLayers, features, fold, kernel, probe, protocolVersion, seed, shots, solver,
            task, weights
    }

    private var members = [FormMember?](repeating: nil, count: Name.allCases.count)

    package init() {}

    /// Nil for a member that the unit does not have.
    package subscript(name: Name) -> FormMember? {
        get { members[name.rawValue] }
        set { members[name.rawValue] = newValue }
    }

    package mutating func encode(_ value: (some Encodable)?, as name: Name) {
        self[name] = value.map { FormMember(name, $0) }
    }

    package var form: CanonicalForm { CanonicalForm(members.compactMap { $0 }) }
}

extension ProbeUnit {
    /// Equal units have equal bytes.
    package var canonicalForm: CanonicalForm {
        var members = InputContent(self).members
        members.encode(analysis, as: .analysis)
        members.encode(control, as: .control)
        members.encode(fold, as: .fold)
        members.encode(probe, as: .probe)
        members.encode(protocolVersion, as: .protocolVersion)
        members.encode(seed, as: .seed)
        members.encode(shots, as: .shots)
        members.encode(solver, as: .solver)
        return members.form
    }

    /// SHA-256 of the canonical form.
    package var key: UnitKey { UnitKey(of: canonicalForm) }

    /// SHA-256 over what decides the first values of heads: features, task, fold, shots, probe and seed. How heads are
    /// trained and chosen, what a unit controls for and the kernel path are not in it.
    package var initializationKey: UnitKey {
        var members = InputContent(self).members
        members[.kernel] = nil
        members.encode(fold, as: .fold)
        members.encode(probe, as: .probe)
        members.encode(protocolVersion, as: .protocolVersion)
        members.encode(seed, as: .seed)
        members.encode(shots, as: .shots)
        return UnitKey(of: members.form)
    }
}

extension UnitKey {
    /// SHA-256 of a canonical form.
    package init(of form: CanonicalForm) {
        self = SHA256.hash(form.bytes).unitKey
    }
}
