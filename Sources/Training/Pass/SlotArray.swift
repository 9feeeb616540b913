/// Results from several threads, each in its own slot.
final class SlotArray<Value: Sendable>: @unchecked Sendable {
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

    /// Nil if no thread stored anything.
    subscript(index: Int) -> Value? {
        get { places[index] }
        set { places[index] = newValue }
    }
}
