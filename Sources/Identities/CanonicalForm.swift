/// The JSON that a unit's key hashes, as the members of its object in the order of their names.
///
/// A sweep has millions of units and only dozens of different members: each is encoded, stored and decoded once.
package struct CanonicalForm: Hashable, Sendable {
    package let members: [FormMember]

    package init(_ members: [FormMember]) { self.members = members }

    /// `{"features":{…},"fold":{…},…}`, without white space.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(members.reduce(2) { $0 + $1.bytes.count + 1 })
        bytes.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += member.bytes
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}

/// One member of a canonical form: `"fold":{…}`.
package struct FormMember: Hashable, Sendable {
    package let bytes: [UInt8]
    /// Members are looked up for every unit, and an array would be hashed byte by byte each time.
    private let hash: Int

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var hasher = Hasher()
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        hash = hasher.finalize()
    }

    /// Whether this is the member of a name.
    package func isNamed(_ name: String) -> Bool { bytes.starts(with: "\"\(name)\":".utf8) }

    package static func == (first: FormMember, second: FormMember) -> Bool {
        first.hash == second.hash && first.bytes == second.bytes
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
