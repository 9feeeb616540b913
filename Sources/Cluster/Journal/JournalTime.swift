package import Foundation

/// How times of the journal are written: the local time of day to the millisecond, with its distance from UTC.
package enum JournalTime {
    package static func text(_ date: Date) -> String {
        var parts = tm()
        let nanoseconds = Int64((date.timeIntervalSince1970 * 1e9).rounded())
        var seconds = time_t(nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000).quotient)
        localtime_r(&seconds, &parts)
        let milliseconds = String(1000 + nanoseconds % 1_000_000_000 / 1_000_000).dropFirst()
        return "\(text(parts, "%Y-%m-%d %H:%M:%S")).\(milliseconds) \(text(parts, "%z"))"
    }

    private static func text(_ parts: tm, _ format: String) -> String {
        var parts = parts
        return String(unsafeUninitializedCapacity: 64) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { strftime($0.baseAddress, $0.count, format, &parts) }
        }
    }
}
