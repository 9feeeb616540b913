/// A box around one object, in shares of the width and height of what the token grid covers, from the top left corner.
package struct ObjectBox: Hashable, Sendable, Codable {
    package let x0: Double
    package let y0: Double
    package let x1: Double
    package let y1: Double

    /// - Returns: Nil unless x0 < x1 and y0 < y1 within 0 and 1.
    package init?(x0: Double, y0: Double, x1: Double, y1: Double) {
        guard 0 <= x0, x0 < x1, x1 <= 1, 0 <= y0, y0 < y1, y1 <= 1 else { return nil }
        (self.x0, self.y0, self.x1, self.y1) = (x0, y0, x1, y1)
    }
}

extension [ObjectBox] {
    /// What share of each patch's area lies within the boxes' union, row by row.
    package func shares(rows: Int, columns: Int) -> [Double] {
        let (width, height) = (1 / Double(columns), 1 / Double(rows))
        return (0..<rows * columns).map { patch in
            let (row, column) = patch.quotientAndRemainder(dividingBy: columns)
            let (x, y) = (Double(column) * width, Double(row) * height)
            return Swift.min(1, unionArea(x: x...x + width, y: y...y + height) / (width * height))
        }
    }

    /// The area of the boxes' union within a rectangle, strip by strip between the boxes' vertical edges.
    private func unionArea(x: ClosedRange<Double>, y: ClosedRange<Double>) -> Double {
        let near = filter {
            $0.x0 < x.upperBound && $0.x1 > x.lowerBound && $0.y0 < y.upperBound && $0.y1 > y.lowerBound
        }
        let edges = near.flatMap { [x.clamping($0.x0), x.clamping($0.x1)] }.sorted()
        return zip(edges, edges.dropFirst()).reduce(0) { area, strip in
            let (left, right) = strip
            guard left < right else { return area }
            let covering = near.filter { $0.x0 <= left && $0.x1 >= right }
            return area + (right - left) * covering.map { y.clamping($0.y0)...y.clamping($0.y1) }.unionLength
        }
    }
}

extension ClosedRange<Double> {
    fileprivate func clamping(_ value: Double) -> Double { Swift.min(Swift.max(value, lowerBound), upperBound) }
}

extension [ClosedRange<Double>] {
    /// How much of the line the ranges cover together.
    fileprivate var unionLength: Double {
        var (length, end) = (0.0, -Double.infinity)
        for range in sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound > end {
            length += range.upperBound - Swift.max(range.lowerBound, end)
            end = range.upperBound
        }
        return length
    }
}
