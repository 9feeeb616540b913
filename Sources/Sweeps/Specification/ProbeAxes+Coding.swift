import Probes
import Training
import Units

extension ProbeAxes: Hashable {
    package static func == (first: ProbeAxes, second: ProbeAxes) -> Bool {
        first.type == second.type && first.options == second.options && first.label == second.label
            && first.methods.map { AnyHashable($0) } == second.methods.map { AnyHashable($0) }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(options)
        hasher.combine(label)
        hasher.combine(methods.map { AnyHashable($0) })
    }
}

/// The form that ledgers keep: each method as an enumeration with a value, `{"ridge":{"_0":{"penalties":[…]}}}`;
/// several are those of ``MethodCatalog/automatic``.
extension ProbeAxes: Codable {
    private enum Member: String, CodingKey {
        case type, options, method, label
    }

    private static let settingsKey = DynamicKey("_0")

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Member.self)
        try container.encode(type, forKey: .type)
        try container.encode(options, forKey: .options)
        try container.encodeIfPresent(label, forKey: .label)
        var names = container.nestedContainer(keyedBy: DynamicKey.self, forKey: .method)
        for method in methods {
            let kind = Swift.type(of: method)
            var settings = names.nestedContainer(keyedBy: DynamicKey.self, forKey: DynamicKey(kind.storedName))
            if kind.name != nil { try settings.encode(method, forKey: Self.settingsKey) }
        }
    }

    /// - Throws: `DecodingError` for a method that this version does not know.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Member.self)
        type = try container.decode(String.self, forKey: .type)
        options = try container.decode([String: [OptionValue]].self, forKey: .options)
        label = try container.decodeIfPresent(String.self, forKey: .label)
        let names = try container.nestedContainer(keyedBy: DynamicKey.self, forKey: .method)
        let known = names.allKeys.count == 1 ? MethodCatalog.methods : MethodCatalog.automatic
        methods = try known.compactMap { kind in
            let name = DynamicKey(kind.storedName)
            guard names.contains(name) else { return nil }
            let settings = try names.nestedContainer(keyedBy: DynamicKey.self, forKey: name)
            return kind.name == nil ? kind.standard : try settings.decode(kind, forKey: Self.settingsKey)
        }
        guard !methods.isEmpty, methods.count == names.allKeys.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .method, in: container,
                debugDescription: "it names no method of training that this version of ProbeSweep knows")
        }
    }
}

extension TrainingMethod {
    fileprivate static var storedName: String { name ?? "nothing" }
}
