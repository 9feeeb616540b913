import Foundation
import Identities
import Testing

@Suite("Identities")
struct UnitKeyTests {
    private static let bytes = (0..<32).map { UInt8($0 * 8 + 3) }

    @Test("A unit key is read back from its bytes, its digits and its JSON")
    func roundTrips() throws {
        let key = try #require(UnitKey(bytes: Self.bytes))
        #expect(key.bytes == Self.bytes)
        #expect(key.description == Self.bytes.map { String(format: "%02x", $0) }.joined())
        #expect(UnitKey(key.description) == key)
        #expect(UnitKey(key.description.uppercased()) == key)
        let json = try JSONEncoder().encode([key])
        #expect(String(decoding: json, as: UTF8.self) == "[\"\(key)\"]")
        #expect(try JSONDecoder().decode([UnitKey].self, from: json) == [key])
    }

    @Test("Keys are ordered by their bytes")
    func order() throws {
        let keys = try (0..<32).map { place in
            var bytes = Self.bytes
            bytes[place] &+= 1
            return try #require(UnitKey(bytes: bytes))
        }
        #expect(keys.sorted() == keys.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) })
    }

    @Test("Only 32 bytes make a key", arguments: ["", "ab", String(repeating: "g", count: 64), "é"])
    func refused(text: String) {
        #expect(UnitKey(text) == nil)
        #expect(UnitKey(bytes: Self.bytes.dropLast()) == nil)
        #expect(UnitKey(bytes: Self.bytes + [0]) == nil)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([UnitKey].self, from: JSONEncoder().encode([text]))
        }
    }

    @Test("A payload is a result's JSON, followed by a zero byte and its predictions")
    func payload() {
        let both = ResultPayload(result: Array("{}".utf8), predictions: [0, 7, 0])
        #expect(both.bytes == Array("{}".utf8) + [0, 0, 7, 0])
        #expect(ResultPayload(both.bytes) == both)
        #expect(ResultPayload(Array("{}".utf8)).predictions == nil)
    }

    @Test("A process may report for itself, or for an earlier one of its name and key")
    func holders() {
        let first = LeaseHolder(id: WorkerID(words: 1, 1), name: "a", key: "k")
        #expect(LeaseHolder(id: WorkerID(words: 2, 2), name: "a", key: "k").mayReport(for: first))
        #expect(LeaseHolder(id: WorkerID(words: 1, 1), name: "b", key: "k").mayReport(for: first))
        #expect(!LeaseHolder(id: WorkerID(words: 2, 2), name: "a", key: "other").mayReport(for: first))
        #expect(!LeaseHolder(id: WorkerID(words: 2, 2), name: "b", key: "k").mayReport(for: first))
    }
}
