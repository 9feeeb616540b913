/// One tensor of a safetensors file, as its header describes it.
package struct SafetensorsTensor: Sendable, Equatable {
    package var name: String
    package var type: ElementType
    /// Extents, row-major; empty for a scalar.
    package var shape: [Int]
    /// Where the tensor's bytes lie, counted from the first byte after the header.
    package var byteRange: Range<Int>

    package init(name: String, type: ElementType, shape: [Int], byteRange: Range<Int>) {
        self.name = name
        self.type = type
        self.shape = shape
        self.byteRange = byteRange
    }

    /// Bytes that a tensor of this type and shape takes, nil if that overflows or does not fill whole bytes.
    static func byteCount(type: ElementType, shape: [Int]) -> Int? {
        // A zero extent makes the tensor empty whatever the others are, even where their product would overflow.
        if shape.contains(0) { return 0 }
        var elements = 1
        for extent in shape {
            let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
            if overflow || extent < 0 { return nil }
            elements = product
        }
        let (bits, overflow) = elements.multipliedReportingOverflow(by: type.bits)
        return overflow || bits % 8 != 0 ? nil : bits / 8
    }
}
