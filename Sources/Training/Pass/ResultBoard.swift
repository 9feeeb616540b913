/// Results that threads leave, each in a place of its own.
final class ResultBoard<Value: Sendable>: @unchecked Sendable {
    // Sendable because every place is written by one thread, and read after all are done.
    private let places: UnsafeMutableBufferPointer<Value?>

    init(count: Int) {
        places = .allocate(capacity: count)
        places.initialize(repeating: nil)
    }

    deinit {
        places.deinitialize()
        places.deallocate()
    }

    /// Nil where nobody left anything.
    subscript(index: Int) -> Value? {
        get { places[index] }
        set { places[index] = newValue }
    }
}
