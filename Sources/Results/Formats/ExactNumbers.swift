/// Numbers as formats for machines write them: the shortest text that reads back to the same value.
enum Exact {
    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    static func number(_ value: Double?) -> String {
        value.map(number) ?? ""
    }
}
