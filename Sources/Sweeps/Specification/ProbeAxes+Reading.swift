import Probes
import Training
import Yams

extension ProbeAxes {
    /// Reads the list `probes`; without one, the linear probe on the mean token is swept.
    static func read(_ top: inout SpecificationSection, methods: MethodDefaults) -> [ProbeAxes] {
        let standard = ProbeAxes(
            type: "linear", options: ProbeVocabulary.defaults(of: "linear"),
            methods: methods.methods(named: ProbeVocabulary.solvers(of: "linear")[0]))
        return top.list("probes", [standard], repeats: true) { read($0, methods: methods) }
    }

    /// Reads one entry: the name of a type, or a mapping with `type`, options, and how its heads are trained.
    private static func read(_ field: SpecificationField, methods: MethodDefaults) -> ProbeAxes? {
        let node = field.node.mapping == nil ? Node([(Node("type"), field.node)]) : field.node
        var entry = SpecificationSection(node, path: field.path, reading: field.reading)
        field.reading.note(field.path, at: field.node)
        guard let typeNode = entry.node("type") else { return field.refuse("has no type.", remedy: "Add \"type\".") }
        let typeField = SpecificationField(path: entry.field("type"), node: typeNode, reading: field.reading)
        guard let type = typeField.text(among: ProbeVocabulary.types) else { return nil }

        var options: [String: [OptionValue]] = [:]
        for option in ProbeVocabulary.options(of: type) { options[option.name] = readValues(&entry, option) }
        let own = entry.name("label")
        let (found, label) = readMethods(&entry, of: type, mixes: mixes(&entry, options), methods: methods)
        for (name, purpose) in [
            ("prepare", "does something to what a probe reads first"),
            (LevelMix.option.name, "learns weights of levels"),
        ] {
            refuse(name, purpose, &entry, of: type)
        }
        entry.finish()
        return ProbeAxes(type: type, options: options, methods: found, label: own ?? label)
    }

    /// Reports an option that only other types of probes have, with their names.
    private static func refuse(
        _ name: String, _ purpose: String, _ entry: inout SpecificationSection, of type: String
    ) {
        func has(_ type: String) -> Bool { ProbeVocabulary.options(of: type).contains { $0.name == name } }
        guard !has(type), entry.node(name) != nil else { return }
        entry.report(
            name, "\(purpose), which is not for probes of type \(type).",
            remedy: "Leave it out, or take one of \(ProbeVocabulary.types.filter(has).joined(separator: ", ")).")
    }

    /// Whether the entry's probes mix levels. All of them do, or none: what finds their heads is not the same.
    private static func mixes(_ entry: inout SpecificationSection, _ options: [String: [OptionValue]]) -> Bool {
        guard let values = options[LevelMix.option.name] else { return false }
        let mixed = values.filter { $0 != LevelMix.option.defaultValue }
        if !mixed.isEmpty && mixed.count < values.count {
            entry.report(
                LevelMix.option.name, "asks for mixtures of levels and for none in one entry.",
                remedy: "Write an entry for each.")
        }
        if mixed.isEmpty, entry.node(LevelMix.normOption.name) != nil,
            options[LevelMix.normOption.name] != [
                LevelMix.normOption.defaultValue
            ]
        {
            entry.report(
                LevelMix.normOption.name, "is for mixtures of levels, and the entry has none.",
                remedy: "Leave it out, or add \(LevelMix.option.name).")
        }
        return !mixed.isEmpty
    }

    /// How heads are found, and what the section with its settings calls that.
    private static func readMethods(
        _ entry: inout SpecificationSection, of type: String, mixes: Bool, methods: MethodDefaults
    ) -> (methods: [any TrainingMethod], label: String?) {
        var methods = methods
        methods.override(reading: &entry)
        let solvers = ProbeVocabulary.solvers(of: type)
        let gradient = GradientSettings.solverName
        let solver = entry.text("solver", default: mixes ? gradient : solvers[0], among: solvers)
        if mixes && solver != gradient && solver != ProbeVocabulary.automatic {
            entry.report(
                "solver", "\(solver) finds no weights of levels, which mix learns.",
                remedy: "Take solver: \(gradient), or leave it out.")
        }
        let found = methods.methods(named: mixes && solvers.contains(gradient) ? gradient : solver)
        return (found, found.lazy.compactMap(methods.label).first)
    }

    /// The values of one option; a list is an axis, and a list of lists is an axis of lists.
    private static func readValues(_ entry: inout SpecificationSection, _ option: ProbeOption) -> [OptionValue] {
        if option.kind == .counts || option.kind == .levels, let node = entry.node(option.name),
            let items = node.sequence, items.allSatisfy({ $0.sequence == nil })
        {
            let field = SpecificationField(path: entry.field(option.name), node: node, reading: entry.reading)
            return readValue(field, option.kind).map { [$0] } ?? [option.defaultValue]
        }
        return entry.list(option.name, [option.defaultValue]) { readValue($0, option.kind) }
    }

    private static func readValue(_ field: SpecificationField, _ kind: ProbeOption.Kind) -> OptionValue? {
        switch kind {
        case .choice(let words): field.text(among: words).map(OptionValue.text)
        case .count: field.integer(in: ProbeOption.counts).map(OptionValue.integer)
        case .counts: readCounts(field)
        case .width: readWidth(field)
        case .blocks: readCount(field, or: "rest")
        case .countOfBackbone: readCount(field, or: "backbone")
        case .name: readName(field)
        case .pooling, .preparation: readText(field, kind)
        case .levels: readLevels(field)
        }
    }

    /// A text that the kind admits.
    private static func readText(_ field: SpecificationField, _ kind: ProbeOption.Kind) -> OptionValue? {
        guard let text = field.text() else { return nil }
        return kind.admits(.text(text)) ? .text(text) : field.refuse("is not \(kind).")
    }

    private static func readCounts(_ field: SpecificationField) -> OptionValue? {
        let items = field.node.sequence.map(Array.init) ?? [field.node]
        let counts = items.compactMap {
            SpecificationField(path: field.path, node: $0, reading: field.reading).integer(in: ProbeOption.counts)
        }
        return counts.count == items.count ? .list(counts.map(OptionValue.integer)) : nil
    }

    /// `none`, `all`, or a list of levels by index or name.
    private static func readLevels(_ field: SpecificationField) -> OptionValue? {
        guard let items = field.node.sequence else {
            guard let word = field.text() else { return nil }
            let value = OptionValue.text(word)
            return ProbeOption.Kind.levels.admits(value)
                ? value : field.refuse("is not \(ProbeOption.Kind.levels).", remedy: "Write mix: [2, 4, 6], or all.")
        }
        let levels = items.compactMap { item in
            SpecificationField(path: field.path, node: item, reading: field.reading).text().map { text in
                Int(text).map(OptionValue.integer) ?? .text(text)
            }
        }
        guard levels.count == items.count else { return nil }
        guard ProbeOption.Kind.levels.admits(.list(levels)), Set(levels).count == levels.count else {
            return field.refuse("is not a list of different levels.", remedy: "Write mix: [2, 4, 6], or all.")
        }
        return .list(levels)
    }

    private static func readCount(_ field: SpecificationField, or word: String) -> OptionValue? {
        if field.node.scalar?.string == word { return .text(word) }
        return field.integer(in: ProbeOption.counts).map(OptionValue.integer)
    }

    private static func readName(_ field: SpecificationField) -> OptionValue? {
        guard let text = field.text() else { return nil }
        if ProbeOption.Kind.name.admits(.text(text)) { return .text(text) }
        return field.refuse("is not a valid name.", remedy: "Write letters, digits, -, _ and . only.")
    }

    /// An integer, `D`, or `D/n`.
    private static func readWidth(_ field: SpecificationField) -> OptionValue? {
        guard let text = field.node.scalar?.string else { return field.refuse("is not a valid width.") }
        if Int(text) != nil { return field.integer(in: ProbeOption.counts).map(OptionValue.integer) }
        if text == "D" { return .text(text) }
        if text.hasPrefix("D/"), let divisor = Int(text.dropFirst(2)), divisor >= 1 {
            return .text(divisor == 1 ? "D" : text)
        }
        return field.refuse("is not a valid width.", remedy: "Write a whole number, D, or D/n.")
    }
}
