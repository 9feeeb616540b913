import Training
import Yams

/// The settings of every method, for the whole sweep or as one probe entry overrides them.
struct MethodDefaults {
    private var settings: [any TrainingMethod] = MethodCatalog.methods.map { $0.standard }
    /// What sections call their settings, by the section's name.
    private var labels: [String: String] = [:]

    /// Reads the methods' sections of a specification.
    init(reading top: inout SpecificationSection) { override(reading: &top) }

    /// Reads the same sections of a probe entry, whose fields default to the sweep's.
    mutating func override(reading entry: inout SpecificationSection) {
        for index in settings.indices { settings[index] = read(&entry, standard: settings[index]) }
    }

    /// What its section calls a method's settings; nil for no name.
    func label(of method: any TrainingMethod) -> String? { type(of: method).section.flatMap { labels[$0] } }

    /// - Parameter name: ``TrainingMethod/solverName`` of one of them, or ``ProbeVocabulary/automatic``.
    func methods(named name: String) -> [any TrainingMethod] {
        guard name == ProbeVocabulary.automatic else { return [method(named: name)] }
        return MethodCatalog.automatic.map { method(named: $0.solverName) }
    }

    private func method(named name: String) -> any TrainingMethod {
        settings.first { type(of: $0).solverName == name } ?? GradientSettings.standard
    }

    private mutating func read<Method: TrainingMethod>(
        _ entry: inout SpecificationSection, standard: Method
    ) -> any TrainingMethod {
        guard let name = Method.section else { return standard }
        var section = entry.section(name)
        let label = section.name("label")
        let settings = Method(reading: &section, standard: standard)
        section.finish()
        // A name is that of the settings that it stands beside.
        if label != nil || settings != standard { labels[name] = label }
        return settings
    }
}

extension SpecificationSection: SettingsReader {
    mutating func field(named name: String) -> SettingsFieldForm? {
        node(name).map { $0.scalar.map { .word($0.string) } ?? .other }
    }

    mutating func report(_ name: String, _ reason: String, remedy: String) {
        reading.report(field(name), node(name), reason, remedy: remedy)
    }
}
