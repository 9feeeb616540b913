/// One probe of the grid as data: its type's name in a spec and the value of every option that its result depends on.
///
/// Two configurations are the same probe exactly when they are equal, so options hold values and never lists of
/// alternatives: the spec reader has already taken the product of the axes.
package struct ProbeConfiguration: Codable, Hashable, Sendable {
    /// The name in a spec, for example `efficient`.
    package var type: String
    /// Every option of the type, defaults filled in.
    package var options: [String: OptionValue]

    package init(type: String, options: [String: OptionValue] = [:]) {
        self.type = type
        self.options = options
    }
}

/// The value of one option, as YAML and JSON write it.
package enum OptionValue: Codable, Hashable, Sendable {
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([OptionValue])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode([OptionValue].self) {
            self = .list(value)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        }
    }
}
