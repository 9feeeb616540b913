import Foundation

/// Maps values to positions along an axis, with its ticks.
struct PlotScale {
    struct Tick {
        let position: Double
        let label: String
    }

    let ticks: [Tick]
    /// Between 0 and all other values of a logarithmic scale, where the axis is not drawn to scale; nil without a 0.
    private(set) var gap: Double?
    private let transform: (Double) -> Double
    private let domain: ClosedRange<Double>
    private let range: (from: Double, to: Double)

    func callAsFunction(_ value: Double) -> Double {
        let share = (transform(value) - domain.lowerBound) / (domain.upperBound - domain.lowerBound)
        return range.from + share * (range.to - range.from)
    }

    private init(
        domain: ClosedRange<Double>, from: Double, to: Double, transform: @escaping (Double) -> Double,
        ticks: [(value: Double, label: String)]
    ) {
        self.domain = domain
        self.transform = transform
        range = (from, to)
        let span = domain.upperBound - domain.lowerBound
        self.ticks = ticks.compactMap { tick in
            let share = (transform(tick.value) - domain.lowerBound) / span
            guard share > -1e-9, share < 1 + 1e-9 else { return nil }
            return Tick(position: from + share * (to - from), label: tick.label)
        }
    }

    /// Linear, with ticks at multiples of 1, 2 or 5 times a power of ten, and a margin at both ends.
    static func linear(_ values: [Double], from: Double, to: Double, most: Int = 6) -> PlotScale {
        var (low, high) = (values.min() ?? 0, values.max() ?? 1)
        if high - low < 1e-9 * max(1, abs(high)) { (low, high) = (low - 0.05, high + 0.05) }
        let margin = 0.05 * (high - low)
        (low, high) = (low - margin, high + margin)
        let step = niceStep((high - low) / Double(most))
        let decimals = max(0, Int(-floor(log10(step) + 1e-9)))
        let ticks = stride(from: (low / step).rounded(.up), through: (high / step).rounded(.down), by: 1).map {
            (value: $0 * step, label: NumberFormat.fixed($0 == 0 ? 0 : $0 * step, decimals))
        }
        return PlotScale(domain: low...high, from: from, to: to, transform: { $0 }, ticks: ticks)
    }

    /// Whole numbers, with as many ticks as there is room for labels.
    static func integers(_ values: [Double], from: Double, to: Double) -> PlotScale {
        let (low, high) = (values.min() ?? 0, values.max() ?? 0)
        let room = Drawing.width(of: "\(Int(high))") + 4
        let every = max(1, Int((room * (high - low + 1) / abs(to - from)).rounded(.up)))
        let ticks = stride(from: Int(low), through: Int(high), by: every).map { (value: Double($0), label: "\($0)") }
        return PlotScale(domain: low - 0.5...high + 0.5, from: from, to: to, transform: { $0 }, ticks: ticks)
    }

    /// Logarithmic, with ticks at decades, at steps between them until there are at least three, or at every value. A
    /// value of 0 is placed left of all others.
    static func logarithmic(
        _ values: [Double], from: Double, to: Double, marksValues: Bool = false, size: Double = Drawing.fontSize,
        label: (Double) -> String
    ) -> PlotScale {
        let positive = values.filter { $0 > 0 }
        let low = log10(positive.min() ?? 1) - 0.1
        let high = log10(positive.max() ?? 1) + 0.1
        let hasZero = positive.count < values.count
        let zero = low - 0.18 * max(high - low, 0.5)
        let marked = marksValues ? Set(positive).sorted() : marks(from: low, to: high)
        var ticks = marked.filter { (low...high).contains(log10($0)) }.map { (value: $0, label: label($0)) }
        if positive.isEmpty { ticks = [] }
        if hasZero { ticks.insert((value: 0, label: "0"), at: 0) }
        var scale = PlotScale(
            domain: (hasZero ? zero - 0.06 * (high - zero) : low)...high, from: from, to: to,
            transform: { $0 > 0 ? log10($0) : zero }, ticks: ticks)
        if hasZero, !positive.isEmpty { scale.gap = (scale(0) + scale(pow(10, low))) / 2 }
        return scale.withoutCollidingLabels(size: size)
    }

    /// The coarsest marks of which three or more lie between two powers of ten: decades, parts of decades, or multiples
    /// of one number where the two are close.
    private static func marks(from low: Double, to high: Double) -> [Double] {
        for steps in [[1.0], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 7]] {
            let decades = Int(floor(low))...Int(ceil(high))
            let found = decades.flatMap { decade in steps.map { $0 * pow(10, Double(decade)) } }.filter {
                (low...high).contains(log10($0))
            }
            if found.count >= 3 { return found }
        }
        let step = niceStep((pow(10, high) - pow(10, low)) / 5)
        let multiples = stride(from: (pow(10, low) / step).rounded(.up), through: pow(10, high) / step, by: 1)
        return multiples.map { $0 * step }
    }

    /// Drops the label of every tick that would touch the label before it.
    private func withoutCollidingLabels(size: Double) -> PlotScale {
        var end = -Double.infinity
        let kept = ticks.map { tick in
            let half = FontMetrics.width(of: tick.label, size: size) / 2
            if tick.position - half < end + 3 { return Tick(position: tick.position, label: "") }
            end = tick.position + half
            return tick
        }
        return PlotScale(self, ticks: kept)
    }

    private init(_ other: PlotScale, ticks: [Tick]) {
        self.ticks = ticks
        transform = other.transform
        domain = other.domain
        range = other.range
        gap = other.gap
    }

    /// A number without redundant zeros: 10.0k becomes 10k, 0.050 becomes 0.05, 1e-05 becomes 1e-5.
    static func short(_ number: String) -> String {
        number.replacing(/(\.\d*?)0+(?=\D|$)/) { $0.output.1 == "." ? "" : String($0.output.1) }
            .replacing("e-0", with: "e-")
    }

    /// A number to two digits: below a thousandth and from a million on with a power of ten, `3·10⁻⁵`.
    static func power(_ value: Double) -> String {
        guard value > 0, value < 9.95e-4 || value >= 9.95e5 else { return short(NumberFormat.significant(value, 2)) }
        let parts = String(format: "%.1e", value).split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return short(NumberFormat.significant(value, 2)) }
        let factor = short(String(parts[0]))
        return (factor == "1" ? "" : factor + "·") + "10" + FontMetrics.raised(exponent)
    }

    private static func niceStep(_ rough: Double) -> Double {
        let decade = pow(10, floor(log10(rough)))
        return ([1, 2, 5, 10].first { $0 * decade >= rough * (1 - 1e-9) } ?? 10) * decade
    }
}
