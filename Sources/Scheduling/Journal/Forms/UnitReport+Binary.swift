import Identities

/// Key, attempt, a byte of flags, and what the flags announce. A result is left out: the machine never looks at it, and
/// it is in the ledger or on its way there. A decoded report has an empty one.
///
/// Hand-written, because there are thousands a second. A new field has to be added here.
extension UnitReport: BinaryCodable, Codable {
    private static let failed: UInt8 = 1
    private static let timed: UInt8 = 2

    package func write(to writer: BinaryWriter) {
        unit.write(to: writer)
        attempt.write(to: writer)
        var reason: String?
        if case .failed(let text) = outcome { reason = text }
        writer.append((reason == nil ? 0 : Self.failed) | (seconds == nil ? 0 : Self.timed))
        reason?.write(to: writer)
        seconds?.write(to: writer)
    }

    package static func read(from reader: BinaryReader) throws -> UnitReport {
        let unit = try UnitKey.read(from: reader)
        let attempt = try Attempt.read(from: reader)
        let flags = try reader.byte()
        guard flags & ~(failed | timed) == 0 else { throw reader.invalid("unknown flags of a report") }
        let outcome = flags & failed == 0 ? UnitOutcome.finished([]) : .failed(try String.read(from: reader))
        let seconds = flags & timed == 0 ? nil : try Double.read(from: reader)
        return UnitReport(unit: unit, attempt: attempt, outcome: outcome, seconds: seconds)
    }
}
