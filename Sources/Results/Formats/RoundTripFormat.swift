/// Formats numbers for programs: the shortest text that reads back to the same value.
enum RoundTripFormat {
    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    static func number(_ value: Double?) -> String {
        value.map(number) ?? ""
    }
}
