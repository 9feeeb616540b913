import Yams

/// The fields of a mapping with those that a merge key brings in: `<<: *base`, or `<<: [*first, *second]`.
///
/// By YAML's rule the mapping's own fields come before merged ones, and earlier merged mappings before later ones.
enum MergedFields {
    typealias Field = (key: Node, value: Node)

    /// - Parameter path: The mapping's, under which a merged value that is no mapping is reported.
    static func read(_ mapping: Node.Mapping, path: String, reading: SpecificationReading) -> [Field] {
        var fields: [Field] = []
        var merged: [Field] = []
        for (key, value) in mapping {
            guard isMerge(key) else {
                fields.append((key, value))
                continue
            }
            for source in value.sequence.map(Array.init) ?? [value] {
                if let source = source.mapping {
                    merged += read(source, path: path, reading: reading)
                } else {
                    reading.report(
                        path.isEmpty ? "<<" : "\(path).<<", source, "is not a mapping of fields.",
                        remedy: "Merge an alias of a mapping: <<: *name.")
                }
            }
        }
        var names = Set(fields.compactMap { $0.key.scalar?.string })
        for field in merged {
            if let name = field.key.scalar?.string, !names.insert(name).inserted { continue }
            fields.append(field)
        }
        return fields
    }

    /// A quoted "<<" is a field of that name.
    private static func isMerge(_ key: Node) -> Bool {
        guard let scalar = key.scalar else { return false }
        return scalar.string == "<<" && scalar.style == .plain
    }
}
