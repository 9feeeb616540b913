import Identities
import OrderedCollections

/// Keys, then the records column by column, run-length encoded: some 33 bytes a unit, since a sweep has few runs.
extension UnitTable: BinaryCodable, Codable {
    func write(to writer: BinaryWriter) throws {
        writer.reserve(36 * keys.count)
        writer.append(count: keys.count)
        for key in keys { key.write(to: writer) }
        writer.append(runs: records) { UInt64($0.cost.bitPattern) }
        writer.append(runs: records) { UInt64($0.kind) }
        writer.append(runs: records) { UInt64($0.inputs) }
        writer.append(runs: records) { UInt64(UInt32(bitPattern: $0.pass)) }
        writer.append(runs: records) { UInt64(UInt32(bitPattern: $0.wanted)) }
        // Shifted by one, since no lease is −1.
        writer.append(runs: records) { UInt64(UInt32(bitPattern: $0.holder &+ 1)) }
        writer.append(runs: records) { UInt64($0.state.rawValue) }
        writer.append(runs: records) { $0.isSuspect ? 1 : 0 }
        try writer.write(copyHolders)
    }

    static func read(from reader: BinaryReader) throws -> UnitTable {
        let count = try reader.count()
        guard count <= reader.remaining / 32 else { throw reader.invalid("\(count) units exceed the input") }
        let keys = OrderedSet(try UnitKey.readAll(count, from: reader))
        guard keys.count == count else { throw reader.invalid("duplicate unit") }
        let costs = try reader.runs(count, of: UInt32.self) { Float(bitPattern: $0) }
        let kinds = try reader.runs(count, of: CostKindIndex.self) { $0 }
        let inputs = try reader.runs(count, of: InputIndex.self) { $0 }
        let passes = try reader.runs(count, of: UInt32.self) { PassIndex(bitPattern: $0) }
        let wanted = try reader.runs(count, of: UInt32.self) { Int32(bitPattern: $0) }
        let holders = try reader.runs(count, of: UInt32.self) { LeaseSlot(bitPattern: $0) &- 1 }
        let states = try reader.runs(count, of: UInt8.self) { UnitState(rawValue: $0) }
        let suspects = try reader.runs(count, of: UInt8.self) { $0 < 2 ? $0 == 1 : nil }
        let records = (0..<count).map { unit in
            UnitRecord(
                cost: costs[unit], pass: passes[unit], wanted: wanted[unit], holder: holders[unit], kind: kinds[unit],
                inputs: inputs[unit], state: states[unit], isSuspect: suspects[unit])
        }
        return UnitTable(
            keys: keys, records: ContiguousArray(records), copyHolders: try reader.read([UnitIndex: LeaseSlot].self))
    }
}

extension BinaryWriter {
    /// A run-length encoded column of the records.
    fileprivate func append(runs records: ContiguousArray<UnitRecord>, of column: (UnitRecord) -> UInt64) {
        var start = 0
        while start < records.count {
            let value = column(records[start])
            var end = start + 1
            while end < records.count, column(records[end]) == value { end += 1 }
            append(varying: value)
            append(count: end - start)
            start = end
        }
    }
}

extension BinaryReader {
    /// Reads a run-length encoded column of this many values.
    /// - Parameter make: nil for a number that is not a valid value.
    fileprivate func runs<Number: FixedWidthInteger, Value>(
        _ count: Int, of type: Number.Type, _ make: (Number) -> Value?
    ) throws -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        while values.count < count {
            guard let number = Number(exactly: try varying()), let value = make(number) else {
                throw invalid("not a valid value of a unit")
            }
            let length = try varying()
            guard length > 0, length <= UInt64(count - values.count) else { throw invalid("a run of \(length) units") }
            values.append(contentsOf: repeatElement(value, count: Int(length)))
        }
        return values
    }
}
