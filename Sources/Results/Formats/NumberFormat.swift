import Foundation

/// Formats numbers for tables that people read, independent of machine and locale.
enum NumberFormat {
    /// Shown instead of a missing value.
    static let missing = "–"

    static func fixed(_ value: Double?, _ decimals: Int = 4) -> String {
        value.map { String(format: "%.\(decimals)f", $0) } ?? missing
    }

    /// A number rounded to significant digits, without an exponent between 10⁻⁴ and 10⁶.
    static func significant(_ value: Double?, _ digits: Int = 3) -> String {
        guard let value else { return missing }
        if value == 0 { return "0" }
        let magnitude = Int(floor(log10(abs(value)))) + 1
        guard magnitude > -4, magnitude <= 6 else { return String(format: "%.\(digits - 1)e", value) }
        return String(format: "%.\(max(0, digits - magnitude))f", value)
    }

    static func range(_ range: ClosedRange<Double>?) -> String {
        range.map { "\(fixed($0.lowerBound))–\(fixed($0.upperBound))" } ?? missing
    }

    /// A share as a whole percentage, without the sign.
    static func percent(_ share: Double?) -> String {
        share.map { "\(Int((100 * $0).rounded()))" } ?? missing
    }

    /// A count to three digits with an SI prefix: 769k, 1.38M.
    static func scaled(_ count: Int) -> String {
        for (unit, letter) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] where Double(count) >= unit {
            // 999,999 is 1.00M and not 1000k.
            let scaled = Double(count) / unit
            return (scaled >= 999.5 ? significant(999) : significant(scaled)) + letter
        }
        return "\(count)"
    }

    /// A size in bytes.
    static func bytes(_ count: Double) -> String {
        for (unit, name) in [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")] where count >= unit {
            return "\(significant(count / unit)) \(name)"
        }
        return "\(Int(count)) B"
    }

    /// A duration in its two largest units.
    static func duration(_ seconds: Double) -> String {
        let total = Int(seconds.rounded(.up))
        if total < 60 { return "\(total) s" }
        if total < 3600 { return "\(total / 60) min \(total % 60) s" }
        if total < 86_400 { return "\(total / 3600) h \(total % 3600 / 60) min" }
        return "\(total / 86_400) d \(total % 86_400 / 3600) h"
    }
}

extension ClosedRange<Int> {
    /// `2–4`, or one number.
    var summary: String { lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound)–\(upperBound)" }
}
