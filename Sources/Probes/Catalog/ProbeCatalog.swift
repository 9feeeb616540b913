/// All types of probes, by their names in specs.
package enum ProbeCatalog {
    /// In display order.
    package static let types: [any Probe.Type] = [
        LinearProbe.self, LastLayersProbe.self, MultilayerPerceptronProbe.self, NeighbourProbe.self,
        ZeroShotProbe.self, EfficientProbe.self, CrossAttentionProbe.self, AbMILPProbe.self, AIMProbe.self,
        SigLIPProbe.self, SimPoolProbe.self, ESimPoolProbe.self, CoCaProbe.self, CAEProbe.self, VJEPAProbe.self,
        VJEPA2Probe.self, CaiTProbe.self, CLIPProbe.self, VisionBlockProbe.self, DOLGProbe.self, CBAMProbe.self,
        FinetuneProbe.self,
    ]

    /// - Throws: `ProbeError` for an unknown name, with the nearest known one.
    package static func type(named name: String) throws(ProbeError) -> any Probe.Type {
        guard let type = types.first(where: { $0.name == name }) else {
            throw ProbeError(
                probe: name, problem: "unknown probe type",
                remedy: remedyForUnknown(name, among: types.map { $0.name }))
        }
        return type
    }

    /// The option that names a type's weights beside the features; nil for types without weights.
    package static func weightsOption(of name: String) -> String? {
        types.first { $0.name == name }?.options.first { $0.kind == .name }?.name
    }

    /// The options of a type.
    package static func options(of name: String) throws(ProbeError) -> [ProbeOption] {
        try type(named: name).options
    }

    /// The configuration, completed with the defaults of missing options.
    ///
    /// - Throws: `ProbeError` for an unknown type or option, and for a value of the wrong kind.
    package static func complete(_ configuration: ProbeConfiguration) throws(ProbeError) -> ProbeConfiguration {
        let type = try type(named: configuration.type)
        let options = try ProbeOptions(configuration, schema: type.options)
        let kept = options.values.filter { name, value in
            !type.options.contains { $0.name == name && $0.isLeftOutAtDefault && $0.defaultValue == value }
        }
        return ProbeConfiguration(type: configuration.type, options: kept)
    }

    /// The probe that a configuration describes, at a shape.
    ///
    /// - Throws: `ProbeError` for an unknown type or option, a value of the wrong kind, and an impossible shape.
    package static func probe(_ configuration: ProbeConfiguration, shape: ProbeShape) throws(ProbeError) -> any Probe {
        let type = try type(named: configuration.type)
        let options = try ProbeOptions(configuration, schema: type.options)
        return try reading(options, type).init(options, shape: shape)
    }

    /// A type of probe behind what its options learn or fit of the tokens in front of it.
    private static func reading(_ options: ProbeOptions, _ type: any Probe.Type) -> any Probe.Type {
        guard let type = type as? any GradientProbe.Type else { return type }
        if LevelMix.isChosen(by: options) { return mixing(type) }
        if TokenPreparation(options) == .standardise { return standardising(type) }
        return type
    }

    private static func mixing<Base: GradientProbe>(_: Base.Type) -> any Probe.Type { MixedProbe<Base>.self }

    private static func standardising<Base: GradientProbe>(_: Base.Type) -> any Probe.Type {
        StandardisedProbe<Base>.self
    }
}
