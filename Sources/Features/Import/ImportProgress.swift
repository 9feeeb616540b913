/// How much of an import's layers is written.
package struct ImportProgress: Sendable, Equatable {
    /// Index of the layer that is being written.
    package private(set) var layer = 0
    package private(set) var written = 0
    /// Of all layers.
    package let bytes: Int

    init(bytes: Int) { self.bytes = bytes }

    package var isFinished: Bool { written == bytes }

    mutating func advance(_ layer: Int, _ count: Int) {
        self.layer = layer
        written += count
    }
}
