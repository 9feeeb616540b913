import Yams

/// One mapping of a specification while it is being read.
///
/// Each accessor reads a field by name, checks it, and returns the default if the field is absent or wrong; a wrong
/// field is reported to the reading. `finish` reports unknown fields: those that no accessor asked for.
struct SpecificationSection {
    /// The path that fields of this section are reported under; empty for the whole file.
    let path: String
    let reading: SpecificationReading
    private let fields: [(key: Node, value: Node)]
    private var known: [String] = []

    /// - Parameter node: The mapping, or nil where the section is absent and every field has its default.
    init(_ node: Node?, path: String, reading: SpecificationReading) {
        self.path = path
        self.reading = reading
        self.fields = node?.mapping.map { MergedFields.read($0, path: path, reading: reading) } ?? []
        if let node {
            if !path.isEmpty { reading.note(path, at: node) }
            if node.mapping == nil { reading.report(path, node, "is not a mapping of fields.") }
        }
        for (key, value) in fields { reading.note(field(key.scalar?.string ?? ""), at: value) }
    }

    func field(_ name: String) -> String {
        path.isEmpty ? name : "\(path).\(name)"
    }

    /// The node of a field, which thereby counts as known.
    mutating func node(_ name: String) -> Node? {
        if !known.contains(name) { known.append(name) }
        return fields.first { $0.key.scalar?.string == name }?.value
    }

    mutating func section(_ name: String) -> SpecificationSection {
        SpecificationSection(node(name), path: field(name), reading: reading)
    }

    mutating func integer(_ name: String, default standard: Int, in range: ClosedRange<Int>) -> Int {
        one(name, standard) { $0.integer(in: range) }
    }

    mutating func number(_ name: String, default standard: Double, in range: ClosedRange<Double>) -> Double {
        one(name, standard) { $0.number(in: range) }
    }

    mutating func flag(_ name: String, default standard: Bool) -> Bool {
        one(name, standard) { $0.flag() }
    }

    mutating func text(_ name: String, default standard: String, among choices: [String]? = nil) -> String {
        one(name, standard) { $0.text(among: choices) }
    }

    /// A name in tables; nil for none.
    mutating func name(_ name: String) -> String? {
        one(name, nil) { $0.name() }
    }

    mutating func integers(_ name: String, default standard: [Int], in range: ClosedRange<Int>) -> [Int] {
        list(name, standard) { $0.integer(in: range) }
    }

    mutating func numbers(_ name: String, default standard: [Double], in range: ClosedRange<Double>) -> [Double] {
        list(name, standard) { $0.number(in: range) }
    }

    /// A list of values; a single value stands for a list of one.
    ///
    /// - Parameter repeats: Whether a value may occur twice.
    mutating func list<Value: Hashable>(
        _ name: String, _ standard: [Value], repeats: Bool = false, _ read: (SpecificationField) -> Value?
    ) -> [Value] {
        guard let node = node(name) else { return standard }
        let items = node.sequence.map(Array.init) ?? [node]
        let values = items.enumerated().compactMap { index, item in
            read(
                SpecificationField(
                    path: items.count > 1 ? "\(field(name))[\(index)]" : field(name), node: item, reading: reading))
        }
        if items.isEmpty { reading.report(field(name), node, "is empty.", remedy: "Give at least one value.") }
        if !repeats && Set(values).count < values.count { reading.report(field(name), node, "lists a value twice.") }
        return values.count == items.count && !items.isEmpty ? values : standard
    }

    /// Reports every field that no accessor asked for, with the most similar known one.
    func finish() {
        for (key, _) in fields {
            let name = key.scalar?.string ?? "?"
            guard !known.contains(name) else { continue }
            reading.report(field(name), key, "is not a known field.", remedy: suggestion(for: name, among: known))
        }
    }

    private mutating func one<Value>(_ name: String, _ standard: Value, _ read: (SpecificationField) -> Value?) -> Value
    {
        guard let node = node(name) else { return standard }
        return read(SpecificationField(path: field(name), node: node, reading: reading)) ?? standard
    }
}

/// One scalar of a specification; each accessor returns nil, and reports why, if the scalar is not of the requested
/// type.
struct SpecificationField {
    let path: String
    let node: Node
    let reading: SpecificationReading

    func integer(in range: ClosedRange<Int>) -> Int? {
        guard let value = node.scalar.flatMap({ Int($0.string) }) else { return refuse("is not a whole number.") }
        guard range.contains(value) else { return refuse(Self.expected(range)) }
        return value
    }

    func number(in range: ClosedRange<Double>) -> Double? {
        guard let value = node.scalar.flatMap({ Double($0.string) }), value.isFinite else {
            return refuse("is not a number.")
        }
        guard range.contains(value) else { return refuse(Self.expected(range)) }
        return value
    }

    func flag() -> Bool? {
        switch node.scalar?.string {
        case "true": true
        case "false": false
        default: refuse("is neither true nor false.")
        }
    }

    func text(among choices: [String]? = nil) -> String? {
        guard let value = node.scalar?.string else { return refuse("is not a string.") }
        guard !value.isEmpty else { return refuse("is empty.") }
        guard let choices, !choices.contains(value) else { return value }
        return refuse("is not one of the choices.", remedy: suggestion(for: value, among: choices))
    }

    /// A name in tables, where commas separate what the name of a row is made of.
    func name() -> String? {
        guard let name = text() else { return nil }
        return name.contains(",") ? refuse("has a comma.", remedy: "Write a name without commas.") : name
    }

    func refuse<Value>(_ reason: String, remedy: String? = nil) -> Value? {
        reading.report(path, node, reason, remedy: remedy)
        return nil
    }

    private static func expected<Bound>(_ range: ClosedRange<Bound>) -> String {
        let unbounded = (range.upperBound as? Int == .max) || (range.upperBound as? Double == .greatestFiniteMagnitude)
        return unbounded
            ? "is less than \(range.lowerBound)." : "is not between \(range.lowerBound) and \(range.upperBound)."
    }
}
