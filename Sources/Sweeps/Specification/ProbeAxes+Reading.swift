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

        let found = readMethods(&entry, of: type, methods: methods)
        var options: [String: [OptionValue]] = [:]
        for option in ProbeVocabulary.options(of: type) { options[option.name] = readValues(&entry, option) }
        refusePreparation(&entry, of: type)
        entry.finish()
        return ProbeAxes(type: type, options: options, methods: found)
    }

    /// Reports a preparation of vectors for a type of probe that reads none, or learns of nothing that could be fitted.
    private static func refusePreparation(_ entry: inout SpecificationSection, of type: String) {
        guard !ProbeVocabulary.options(of: type).contains(where: { $0.kind == .preparation }),
            entry.node("prepare") != nil
        else { return }
        let preparing = ProbeVocabulary.types.filter { name in
            ProbeVocabulary.options(of: name).contains { $0.kind == .preparation }
        }
        entry.report(
            "prepare", "is for probes that read a pooled vector, which \(type) does not.",
            remedy: "Leave it out, or take one of \(preparing.joined(separator: ", ")).")
    }

    private static func readMethods(
        _ entry: inout SpecificationSection, of type: String, methods: MethodDefaults
    ) -> [any TrainingMethod] {
        var methods = methods
        methods.override(reading: &entry)
        let solvers = ProbeVocabulary.solvers(of: type)
        return methods.methods(named: entry.text("solver", default: solvers[0], among: solvers))
    }

    /// The values of one option; a list is an axis, and a list of lists is an axis of lists.
    private static func readValues(_ entry: inout SpecificationSection, _ option: ProbeOption) -> [OptionValue] {
        if case .counts = option.kind, let node = entry.node(option.name), let items = node.sequence,
            items.allSatisfy({ $0.sequence == nil })
        {
            let field = SpecificationField(path: entry.field(option.name), node: node, reading: entry.reading)
            return readCounts(field).map { [$0] } ?? [option.defaultValue]
        }
        return entry.list(option.name, [option.defaultValue]) { readValue($0, option.kind) }
    }

    private static func readValue(_ field: SpecificationField, _ kind: ProbeOption.Kind) -> OptionValue? {
        switch kind {
        case .choice(let words): field.text(among: words).map(OptionValue.text)
        case .count: field.integer(in: ProbeOption.counts).map(OptionValue.integer)
        case .counts: readCounts(field)
        case .width: readWidth(field)
        case .blocks: readBlocks(field)
        case .name: readName(field)
        case .pooling, .preparation: readText(field, kind)
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

    private static func readBlocks(_ field: SpecificationField) -> OptionValue? {
        if field.node.scalar?.string == "rest" { return .text("rest") }
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
