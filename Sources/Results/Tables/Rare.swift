/// A value that few rows of a table have, in the eight bytes of a reference: a table of a million results has hundreds of
/// thousands of rows.
@propertyWrapper
package struct Rare<Value: Hashable & Sendable>: Hashable, Sendable {
    private var box: Box?

    package init(wrappedValue: Value?) { box = wrappedValue.map(Box.init) }

    package var wrappedValue: Value? {
        get { box?.value }
        set { box = newValue.map(Box.init) }
    }

    private final class Box: Hashable, Sendable {
        let value: Value

        init(_ value: Value) { self.value = value }

        static func == (first: Box, second: Box) -> Bool { first === second || first.value == second.value }

        func hash(into hasher: inout Hasher) { hasher.combine(value) }
    }
}
