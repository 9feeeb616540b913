/// The fields of a method's section in a specification, as far as methods need to know of YAML: nothing.
///
/// Each accessor reads a field by name, checks it, and returns the default if the field is absent or wrong; a wrong field
/// is reported with its line.
package protocol SettingsReader {
    mutating func integer(_ name: String, default standard: Int, in range: ClosedRange<Int>) -> Int
    mutating func integers(_ name: String, default standard: [Int], in range: ClosedRange<Int>) -> [Int]
    mutating func number(_ name: String, default standard: Double, in range: ClosedRange<Double>) -> Double
    mutating func numbers(_ name: String, default standard: [Double], in range: ClosedRange<Double>) -> [Double]
    mutating func text(_ name: String, default standard: String, among choices: [String]?) -> String
    /// Nil if there is no such field.
    mutating func field(named name: String) -> SettingsFieldForm?
    /// A section within this one. The caller finishes it.
    mutating func section(_ name: String) -> Self
    /// Reports a field whose value does not go with the others.
    mutating func report(_ name: String, _ reason: String, remedy: String)
    /// Reports every field that no accessor asked for.
    func finish()
}

/// What a field is made of.
package enum SettingsFieldForm: Equatable, Sendable {
    case word(String)
    case other
}

/// A field of a method's section and its value.
package struct SettingsField: Equatable, Sendable {
    package enum Value: Equatable, Sendable {
        case integer(Int)
        case integers([Int])
        case number(Double)
        case numbers([Double])
        case text(String)
        case section([SettingsField])
    }

    package let name: String
    package let value: Value

    init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }
}
