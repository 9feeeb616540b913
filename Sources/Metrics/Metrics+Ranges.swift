import Foundation

/// The values that a metric, or a count beside it, can have by its definition.
package struct ValueRange: Sendable, Hashable, CustomStringConvertible {
    /// Tolerance beyond a bound, relative to the bound and at least to 1: means of many quotients can exceed it by a
    /// few units in the last place.
    package static let tolerance = 1e-9

    /// By definition; infinite where there is no bound.
    package let range: ClosedRange<Double>
    /// Whether only whole numbers are valid.
    package let isWhole: Bool
    /// The range with its tolerance.
    package let admitted: ClosedRange<Double>

    init(_ range: ClosedRange<Double>, isWhole: Bool = false) {
        self.range = range
        self.isWhole = isWhole
        func slack(_ bound: Double) -> Double { bound.isFinite ? Self.tolerance * max(1, abs(bound)) : 0 }
        admitted = range.lowerBound - slack(range.lowerBound)...range.upperBound + slack(range.upperBound)
    }

    /// Whether a finite number is valid, up to rounding.
    package func contains(_ value: Double) -> Bool {
        value.isFinite && admitted.contains(value) && (!isWhole || value == value.rounded())
    }

    package var description: String {
        let (low, high) = (Self.text(range.lowerBound), Self.text(range.upperBound))
        let bounds =
            switch (range.lowerBound.isFinite, range.upperBound.isFinite) {
            case (true, true): "\(low) to \(high)"
            case (true, false): "\(low) or more"
            case (false, true): "\(high) or less"
            case (false, false): "any finite number"
            }
        return isWhole ? "a whole number, \(bounds)" : bounds
    }

    private static func text(_ bound: Double) -> String {
        bound == bound.rounded() && abs(bound) < 1e15 ? "\(Int(bound))" : "\(bound)"
    }
}

extension Metrics {
    /// Counts beside metrics: how many classes, samples, groups or queries a mean excludes.
    package static let counts = [
        "classes-without-positives", "samples-without-positives", "groups-skipped", "queries-without-positives",
    ]

    /// The values of each of ``counts``.
    package static let countValues = ValueRange(0...(.infinity), isWhole: true)

    /// −ln 2⁻⁵²: probabilities are clipped to [2⁻⁵², 1 − 2⁻⁵²].
    static let largestLogLoss = -log(Double.ulpOfOne)

    /// The valid values of the metric or count of this name; nil for an unknown name.
    ///
    /// Top-k accuracy has a name for every k.
    package static func values(of name: String) -> ValueRange? {
        if let known = valuesByName[name] { return known }
        let k = name.hasPrefix("top") ? Int(name.dropFirst(3)) : nil
        return k.map { $0 > 0 } == true ? valuesByName["top1"] : nil
    }

    /// Every name but those of top-k accuracy that the catalogue does not list.
    package static let valuesByName: [String: ValueRange] = Dictionary(
        catalogue.map { ($0.name, $0.values) } + counts.map { ($0, countValues) },
        uniquingKeysWith: { first, _ in first })
}
