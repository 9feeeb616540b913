import HeapModule

/// A priority queue of deadlines, the earliest first.
///
/// Encoded in order, independent of the heap's history. Elements that compare equal must be equal in every respect:
/// otherwise which of them comes first would depend on that history, which is not encoded.
struct DeadlineQueue<Element: Comparable & Codable & Sendable>: Sendable, BinaryCodable, Codable {
    private var heap = Heap<Element>()

    var min: Element? { heap.min }

    mutating func insert(_ element: Element) { heap.insert(element) }

    @discardableResult
    mutating func popMin() -> Element? { heap.popMin() }

    func write(to writer: BinaryWriter) throws { try heap.unordered.sorted().write(to: writer) }

    static func read(from reader: BinaryReader) throws -> DeadlineQueue {
        var queue = DeadlineQueue()
        queue.heap = Heap(try [Element].read(from: reader))
        return queue
    }
}
