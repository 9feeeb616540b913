import Features
import Foundation
import Testing

@Suite struct SafetensorsTests {
    @Test("The reader reads what the writer wrote")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.safetensors")
        let writer = try SafetensorsWriter.create(
            path,
            tensors: [("wide \"name\"", .int64, [3]), ("empty", .float32, [0, 4]), ("bits", .bfloat16, [2, 1])],
            metadata: ["key": "välue"])
        try writer.append([Int64(1), -2, 3])
        try writer.append([UInt16(0x3F80), 0x4000])
        let sha256 = try writer.finish()
        #expect(sha256.count == 64)
        #expect(FileManager.default.fileExists(atPath: path + ".partial") == false)

        let file = try SafetensorsFile.open(path)
        #expect(file.metadata == ["key": "välue"])
        let wide = try #require(file.tensor("wide \"name\""))
        #expect(wide.shape == [3])
        #expect(file.bytes(of: wide).load(fromByteOffset: 8, as: Int64.self) == -2)
        #expect(try file.bytes(of: #require(file.tensor("empty"))).isEmpty)
        #expect(try file.bytes(of: #require(file.tensor("bits"))).elementsEqual([0x80, 0x3F, 0x00, 0x40]))
    }

    @Test("A writer that does not finish leaves no file")
    func abandonedWriter() throws {
        let folder = try TemporaryFolder()
        do {
            let writer = try SafetensorsWriter.create(folder.file("a"), tensors: [("x", .uint8, [4])])
            try writer.append([UInt8(1)])
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    struct Malformed: CustomTestStringConvertible, Sendable {
        var name: String
        var header: String
        var data = 4
        var claimed: UInt64?
        var message: String
        var testDescription: String { name }
    }

    static let x = "\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]"

    static let malformed: [Malformed] = [
        Malformed(name: "header longer than the file", header: "{}", data: 0, claimed: 99, message: "claims 99"),
        Malformed(name: "header above the limit", header: "{}", claimed: 100_000_001, message: "at most 100000000"),
        Malformed(name: "header length beyond Int", header: "{}", claimed: .max, message: "at most 100000000"),
        Malformed(name: "no object", header: "[1]", message: "'{' as the first byte"),
        Malformed(name: "space before the object", header: " {}", message: "'{' as the first byte"),
        Malformed(name: "empty header", header: "", message: "ends too early"),
        Malformed(name: "text after the object", header: "{\"x\":{\(x)}} y", message: "only spaces"),
        Malformed(name: "duplicate tensor", header: "{\"x\":{\(x)},\"x\":{\(x)}}", message: "\"x\" occurs twice"),
        Malformed(
            name: "duplicate field", header: "{\"x\":{\(x),\"dtype\":\"U8\"}}", message: "\"dtype\" occurs twice"),
        Malformed(
            name: "duplicate metadata", header: "{\"__metadata__\":{\"a\":\"\",\"a\":\"\"},\"x\":{\(x)}}",
            message: "\"a\" occurs twice"),
        Malformed(name: "metadata not a string", header: "{\"__metadata__\":{\"a\":1}}", message: "expected '\"'"),
        Malformed(name: "unknown field", header: "{\"x\":{\(x),\"y\":\"\"}}", message: "unknown field \"y\""),
        Malformed(name: "missing field", header: "{\"x\":{\"dtype\":\"U8\",\"shape\":[4]}}", message: "lacks a field"),
        Malformed(
            name: "unknown type", header: "{\"x\":{\"dtype\":\"F7\",\"shape\":[4],\"data_offsets\":[0,4]}}",
            message: "unknown dtype \"F7\""),
        Malformed(
            name: "hole", header: "{\"x\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]}}",
            message: "a hole lies before"),
        Malformed(
            name: "overlap",
            header: "{\"x\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                + "\"y\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}", message: "overlap"),
        Malformed(name: "trailing bytes", header: "{\"x\":{\(x)}}", data: 5, message: "1 bytes follow"),
        Malformed(name: "cut short", header: "{\"x\":{\(x)}}", data: 3, message: "ends after 3 bytes"),
        Malformed(
            name: "wrong byte count", header: "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
            message: "expected 8 bytes"),
        Malformed(
            name: "overflowing shape",
            header: "{\"x\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,9],\"data_offsets\":[0,4]}}",
            message: "can be addressed"),
        Malformed(
            name: "number beyond Int",
            header: "{\"x\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,4]}}",
            message: "below 2⁶³"),
        Malformed(
            name: "reversed offsets", header: "{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,0]}}",
            message: "begin ≤ end"),
        Malformed(
            name: "three offsets", header: "{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4,4]}}",
            message: "begin ≤ end"),
        Malformed(
            name: "part of a byte", header: "{\"x\":{\"dtype\":\"F4\",\"shape\":[7],\"data_offsets\":[0,4]}}",
            message: "fills whole bytes"),
        Malformed(
            name: "negative extent", header: "{\"x\":{\"dtype\":\"U8\",\"shape\":[-4],\"data_offsets\":[0,4]}}",
            message: "a whole number"),
        Malformed(
            name: "fraction", header: "{\"x\":{\"dtype\":\"U8\",\"shape\":[4.0],\"data_offsets\":[0,4]}}",
            message: "expected ']'"),
        Malformed(name: "unclosed string", header: "{\"x", message: "ends too early"),
        Malformed(name: "escape at the end", header: "{\"x\\", message: "ends too early"),
        Malformed(name: "bad escape", header: "{\"\\q\":{\(x)}}", message: "valid escapes"),
        Malformed(name: "line break in a name", header: "{\"a\nb\":{\(x)}}", message: "no control character"),
        Malformed(
            name: "deep nesting", header: String(repeating: "{\"x\":", count: 100_000), message: "unknown field \"x\""),
    ]

    @Test("A malformed file is rejected with the reason", arguments: malformed)
    func refuses(_ malformed: Malformed) throws {
        let folder = try TemporaryFolder()
        let length = malformed.claimed ?? UInt64(malformed.header.utf8.count)
        let bytes =
            withUnsafeBytes(of: length.littleEndian, Array.init) + Array(malformed.header.utf8)
            + [UInt8](repeating: 7, count: malformed.data)
        let path = try folder.write(bytes, to: "bad.safetensors")
        let error = #expect(throws: FeatureError.self) { try SafetensorsFile.open(path) }
        #expect(error?.file == path)
        #expect(error.map { "\($0)" }?.contains(malformed.message) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test("Files shorter than the header length field are rejected", arguments: 0..<8)
    func refusesStub(length: Int) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([UInt8](repeating: 0, count: length), to: "stub")
        #expect(throws: FeatureError.self) { try SafetensorsFile.open(path) }
    }

    @Test("A folder and a missing file are rejected")
    func refusesOtherFiles() throws {
        let folder = try TemporaryFolder()
        #expect(throws: FeatureError.self) { try SafetensorsFile.open(folder.path) }
        #expect(throws: FeatureError.self) { try SafetensorsFile.open(folder.file("missing")) }
    }

    @Test("The reader does not crash on any single changed byte of a header", arguments: UInt64(1)...20)
    func survivesChangedBytes(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.safetensors")
        var generator = SplitMix(state: seed)
        for _ in 0..<200 {
            var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(Fixture.wordnet)/tasks/lexname.safetensors"))
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: 0..<300, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            try bytes.write(to: URL(fileURLWithPath: path))
            // Refused or read: what counts is that every tensor of a file that is taken lies inside it.
            guard let file = try? SafetensorsFile.open(path) else { continue }
            for tensor in file.tensors {
                #expect(file.fileOffset(of: tensor) + file.bytes(of: tensor).count <= bytes.count)
            }
        }
    }
}

/// Random numbers for tests that change bytes.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
