/// Where the object of one sample lies on the grid of its patch tokens, as maps are held against it.
package struct ObjectRegion: Hashable, Sendable {
    /// f_t, what share of each patch token's area the object covers, `[T]`, row by row; some above 0.
    package let shares: [Double]
    /// Columns of the grid.
    package let columns: Int
    /// The box of a sample with one object alone, as shares of width and height.
    package let box: Box?
    /// Σ_t f_t, in tokens.
    let extent: Double

    package struct Box: Hashable, Sendable {
        package let x: ClosedRange<Double>
        package let y: ClosedRange<Double>

        package init(x: ClosedRange<Double>, y: ClosedRange<Double>) {
            self.x = x
            self.y = y
        }

        /// The rounding of a sum does not decide on which side of an edge a point lies.
        func contains(_ point: (x: Double, y: Double)) -> Bool {
            Self.contains(x, point.x) && Self.contains(y, point.y)
        }

        private static func contains(_ range: ClosedRange<Double>, _ value: Double) -> Bool {
            range.lowerBound - 1e-9 <= value && value <= range.upperBound + 1e-9
        }
    }

    package init(shares: [Double], columns: Int, box: Box?) {
        precondition(
            columns > 0 && shares.count.isMultiple(of: columns) && shares.contains { $0 > 0 },
            "an object of \(shares.count) shares on a grid of \(columns) columns")
        self.shares = shares
        self.columns = columns
        self.box = box
        extent = shares.reduce(0, +)
    }

    /// T.
    package var tokens: Int { shares.count }

    /// The share of the grid's area that the object covers.
    package var area: Double { extent / Double(tokens) }
}
