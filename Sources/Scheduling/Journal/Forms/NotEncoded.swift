/// A property that is empty between two events, and not encoded.
@propertyWrapper
struct NotEncoded<Element: Sendable>: Sendable, Codable {
    var wrappedValue: [Element]

    init(wrappedValue: [Element]) { self.wrappedValue = wrappedValue }
    init(from decoder: any Decoder) { wrappedValue = [] }
    func encode(to encoder: any Encoder) {}
}
