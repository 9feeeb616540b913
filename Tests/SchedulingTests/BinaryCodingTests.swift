import Identities
import Scheduling
import TestKit
import Testing

@Suite("Binary coding")
struct BinaryCodingTests {
    private struct Sample: Codable, Equatable {
        enum Shape: Codable, Equatable {
            case none
            case circle(radius: Double)
            case polygon([Int32], name: String?)
        }

        var flag = true
        var small: Int8 = -128
        var large = UInt64.max
        var negative = Int.min
        var text = "ünïcode, “quoted” 🙂"
        var absent: Double?
        var present: UInt16? = 65535
        var shapes: [Shape] = [.none, .circle(radius: -.infinity), .polygon([7, 8, 9, -1], name: nil)]
        var slots: [Int?] = [1, nil, 3]
        var bytes: [UInt8] = [0, 255]
        var names: [String: [Int]] = ["b": [], "a": [1, 2], "": [0]]
        var set: Set<String> = ["x", "yy"]
        var fraction: Float = .leastNonzeroMagnitude
    }

    @Test("A value is read as it was written, and encodes to the same bytes again")
    func roundTrip() throws {
        let bytes = try BinaryWriter.bytes(of: Sample())
        let read = try BinaryReader.value(Sample.self, of: bytes)
        #expect(read == Sample())
        #expect(try BinaryWriter.bytes(of: read) == bytes)
    }

    @Test("A structure is encoded as its values without names")
    func size() throws {
        struct Pair: Codable {
            var first = 3
            var second = 1.5
        }
        #expect(try BinaryWriter.bytes(of: Pair()) == [6, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F])
    }

    @Test("Equal dictionaries and sets have equal bytes, whatever their history")
    func order() throws {
        let names = (0..<200).map { "name \($0)" }
        var grown: [String: Int] = [:]
        for (value, name) in names.enumerated().reversed() { grown[name] = value }
        for name in names.prefix(100) { grown[name] = nil }
        for (value, name) in names.enumerated().prefix(100) { grown[name] = value }
        let made = Dictionary(uniqueKeysWithValues: zip(names, 0...))
        #expect(try BinaryWriter.bytes(of: grown) == BinaryWriter.bytes(of: made))
        #expect(try BinaryWriter.bytes(of: Set(names)) == BinaryWriter.bytes(of: Set(names.reversed())))
    }

    @Test("Consecutive indices take a byte each")
    func places() throws {
        let places = Array(Int32(1_000_000)..<1_001_000)
        let bytes = try BinaryWriter.bytes(of: places)
        #expect(bytes.count < 1010)
        #expect(try BinaryReader.value([Int32].self, of: bytes) == places)
        let extremes: [Int32] = [.min, .max, 0, .max, .min]
        #expect(try BinaryReader.value([Int32].self, of: BinaryWriter.bytes(of: extremes)) == extremes)
    }

    @Test("Truncated and surplus bytes are rejected with the offset")
    func ends() throws {
        let bytes = try BinaryWriter.bytes(of: Sample())
        for count in 0..<bytes.count {
            #expect(throws: BinaryCodingError.self) { try BinaryReader.value(Sample.self, of: Array(bytes[..<count])) }
        }
        #expect(throws: BinaryCodingError.surplus(at: bytes.count)) {
            try BinaryReader.value(Sample.self, of: bytes + [0])
        }
    }

    @Test(
        "A length beyond the bytes, a duplicate key and an overlong number are rejected",
        arguments: [
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            [2, 1, 0x61, 0, 1, 0x61, 0],
            [3, 0],
        ] as [[UInt8]])
    func refused(_ bytes: [UInt8]) {
        #expect(throws: BinaryCodingError.self) { try BinaryReader.value([String: Int].self, of: bytes) }
    }

    @Test("Results are omitted from reports and rows")
    func results() throws {
        let report = UnitReport(
            unit: unit(1), attempt: attempt(2), outcome: .finished(Array(repeating: 7, count: 10_000)), seconds: 0.5)
        let bytes = try BinaryWriter.bytes(of: [report])
        #expect(bytes.count < 60)
        var expected = report
        expected.outcome = .finished([])
        #expect(try BinaryReader.value([UnitReport].self, of: bytes) == [expected])
        let failure = UnitReport(unit: unit(1), attempt: attempt(2), outcome: .failed("why"))
        #expect(try BinaryReader.value(UnitReport.self, of: BinaryWriter.bytes(of: failure)) == failure)
        #expect(row(1, attempt(1), "a").withoutResult == .result(unit(1), attempt(1), worker: "a", payload: []))
    }
}
