/// One option of a probe type: its name in a spec, the values it takes, and its default.
package struct ProbeOption: Hashable, Sendable {
    /// The counts and widths that options take. The upper bound is far above any that can be trained, and keeps products of
    /// a few of them below 2⁶³: numbers of parameters and operations, which are formed before anything is allocated.
    package static let counts = 1...1 << 20

    /// The values that an option takes.
    package enum Kind: Hashable, Sendable {
        /// One of these words.
        case choice([String])
        /// An integer in ``ProbeOption/counts``.
        case count
        /// A list of such integers, at least one.
        case counts
        /// Such an integer, or `D`, or `D/n` for the layer's width divided by n.
        case width
        /// Such an integer, or `rest` for all blocks of the backbone after the layer.
        case blocks
        /// Such an integer, or `backbone` for what the backbone's weights say.
        case countOfBackbone
        /// The name of a file: letters, digits, `-`, `_`, `.`.
        case name
        /// A vector that summarises a sample, such as `mean` or `position 3`.
        case pooling
        /// What is done to such a vector, such as `pca-64`.
        case preparation
        /// `none`, `all`, or a list of levels by index or name.
        case levels
    }

    package var name: String
    package var kind: Kind
    package var defaultValue: OptionValue
    /// One line of help.
    package var summary: String
    /// Whether configurations omit the option at its default, because it was added after units with keys existed.
    package var isLeftOutAtDefault: Bool
    /// What tables call those choices whose own word says too little there.
    package var labels: [String: String]

    package init(
        name: String, kind: Kind, defaultValue: OptionValue, summary: String, isLeftOutAtDefault: Bool = false,
        labels: [String: String] = [:]
    ) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.summary = summary
        self.isLeftOutAtDefault = isLeftOutAtDefault
        self.labels = labels
    }
}

extension ProbeOption.Kind {
    package func admits(_ value: OptionValue) -> Bool { value.fits(self) }
}

extension ProbeOption.Kind: CustomStringConvertible {
    package var description: String {
        switch self {
        case .choice(let words): "one of " + words.joined(separator: ", ")
        case .count: "an integer \(Self.range)"
        case .counts: "a list of integers \(Self.range)"
        case .width: "an integer \(Self.range), or D, or D/n"
        case .blocks: "an integer \(Self.range), or rest"
        case .countOfBackbone: "an integer \(Self.range), or backbone"
        case .name: "a name of letters, digits, -, _ and ."
        case .pooling: "one of class, mean, class+mean, last, first, max, or position K, K from 0"
        case .preparation: "one of none, standardise, l2, whiten, or pca-K, K from 1"
        case .levels: "none, all, or a list of levels by index or name"
        }
    }

    private static var range: String { "from \(ProbeOption.counts.lowerBound) to \(ProbeOption.counts.upperBound)" }
}

/// The options of one configuration, checked against its type's schema, defaults filled in.
package struct ProbeOptions: Hashable, Sendable {
    let probe: String
    let values: [String: OptionValue]

    /// - Throws: `ProbeError` for an unknown name, with the nearest known one, and for a value of another kind.
    package init(_ configuration: ProbeConfiguration, schema: [ProbeOption]) throws(ProbeError) {
        probe = configuration.type
        for name in configuration.options.keys.sorted() where !schema.contains(where: { $0.name == name }) {
            throw ProbeError(
                probe: probe, option: name, problem: "unknown option",
                remedy: remedyForUnknown(name, among: schema.map(\.name)))
        }
        var values: [String: OptionValue] = [:]
        for option in schema {
            let value = configuration.options[option.name] ?? option.defaultValue
            guard value.fits(option.kind) else {
                throw ProbeError(
                    probe: probe, option: option.name, problem: "\(value) is not \(option.kind)",
                    remedy: "the default is \(option.defaultValue)")
            }
            values[option.name] = value
        }
        self.values = values
    }

    /// The word chosen for an option of kind `choice`.
    func choice(_ name: String) -> String {
        guard case .text(let word)? = values[name] else { preconditionFailure("\(probe) declares no choice \(name).") }
        return word
    }

    /// The text of an option; nil where there is no such option.
    func text(_ name: String) -> String? {
        if case .text(let text)? = values[name] { text } else { nil }
    }

    func count(_ name: String) -> Int {
        guard case .integer(let count)? = values[name] else {
            preconditionFailure("\(probe) declares no count \(name).")
        }
        return count
    }

    /// The value of an option of kind `blocks`; 1 for `rest`, which stands for a number only once a layer is known.
    func blocks(_ name: String) -> Int { values[name]?.integer ?? 1 }

    /// The value of an option of kind `countOfBackbone`; another for `backbone`, which stands for a number only once the
    /// weights are known.
    func countOfBackbone(_ name: String, otherwise count: Int) -> Int { values[name]?.integer ?? count }

    func counts(_ name: String) -> [Int] {
        guard case .list(let list)? = values[name] else { preconditionFailure("\(probe) declares no counts \(name).") }
        return list.compactMap(\.integer)
    }

    /// The width that an option of kind `width` stands for at D.
    ///
    /// - Throws: `ProbeError` where the divisor does not divide D.
    func width(_ name: String, of width: Int) throws(ProbeError) -> Int {
        guard let value = values[name], let divisor = value.divisor else { return count(name) }
        guard width % divisor == 0 else {
            throw ProbeError(
                probe: probe, option: name, problem: "\(value) is not an integer for D = \(width)",
                remedy: "give a divisor of \(width), or the width as a number")
        }
        return width / divisor
    }
}

extension OptionValue: CustomStringConvertible {
    package var description: String {
        switch self {
        case .flag(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value): value
        case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
        }
    }

    var integer: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// n of `D/n`, 1 of `D`, nil for anything else.
    var divisor: Int? {
        guard case .text(let text) = self else { return nil }
        if text == "D" { return 1 }
        guard text.hasPrefix("D/"), let divisor = Int(text.dropFirst(2)), divisor >= 1 else { return nil }
        return divisor
    }

    func fits(_ kind: ProbeOption.Kind) -> Bool {
        switch (kind, self) {
        case (.choice(let words), .text(let word)): words.contains(word)
        case (.count, .integer(let count)): ProbeOption.counts.contains(count)
        case (.counts, .list(let list)): !list.isEmpty && list.allSatisfy { $0.fits(.count) }
        case (.width, .integer(let width)): ProbeOption.counts.contains(width)
        case (.width, .text): divisor != nil
        case (.blocks, .integer(let count)): ProbeOption.counts.contains(count)
        case (.blocks, .text(let word)): word == "rest"
        case (.countOfBackbone, .integer(let count)): ProbeOption.counts.contains(count)
        case (.countOfBackbone, .text(let word)): word == "backbone"
        case (.name, .text(let name)):
            !name.isEmpty && name.allSatisfy { ($0.isASCII && ($0.isLetter || $0.isNumber)) || "-_.".contains($0) }
        case (.pooling, .text(let text)): PooledInput(text) != nil
        case (.preparation, .text(let text)): text == Preparation.none || Preparation(text) != nil
        case (.levels, .text(let text)): text == LevelMix.none || text == LevelMix.all
        case (.levels, .list(let levels)): !levels.isEmpty && levels.allSatisfy(\.namesLevel)
        default: false
        }
    }

    /// A level's index or name.
    private var namesLevel: Bool {
        switch self {
        case .integer(let index): index >= 0
        case .text(let name): !name.isEmpty
        case .flag, .number, .list: false
        }
    }
}

extension Int {
    /// The number that follows a word; nil where none does, or not as numbers are written (`+4`, `04`).
    init?(endOf text: String, after prefix: String) {
        guard text.hasPrefix(prefix), let number = Int(text.dropFirst(prefix.count)), text == "\(prefix)\(number)"
        else {
            return nil
        }
        self = number
    }
}
