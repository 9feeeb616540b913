import HeapModule

/// What is due when, the earliest first.
///
/// Written in order, whatever way the heap has grown. Elements that compare equal have to be equal in every respect:
/// else which of them leads would depend on the way it has grown, which is not written.
struct AgendaHeap<Element: Comparable & Codable & Sendable>: Sendable, BinaryCodable, Codable {
    private var heap = Heap<Element>()

    var min: Element? { heap.min }

    mutating func insert(_ element: Element) { heap.insert(element) }

    @discardableResult
    mutating func popMin() -> Element? { heap.popMin() }

    func write(to writer: BinaryWriter) throws { try heap.unordered.sorted().write(to: writer) }

    static func read(from reader: BinaryReader) throws -> AgendaHeap {
        var agenda = AgendaHeap()
        agenda.heap = Heap(try [Element].read(from: reader))
        return agenda
    }
}
