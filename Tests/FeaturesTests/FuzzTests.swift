import Foundation
import TestKit
import Testing

@testable import Features

/// Files that somebody else made, or a disk: read or refused, never more. `deploy/fuzz` does the same for longer,
/// guided by coverage and with sanitizers on.
@Suite("Arbitrary file content") struct FuzzTests {
    /// A file whose content changes.
    private final class Scratch {
        let path: String
        private let descriptor: Int32

        init() throws {
            // In memory where there is such a place: a disk takes milliseconds for each of a hundred thousand inputs.
            let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
            var name = Array((folder + "/probesweep-fuzz-XXXXXX").utf8CString)
            descriptor = mkstemp(&name)
            guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
            path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }

        deinit {
            close(descriptor)
            unlink(path)
        }

        func write(_ bytes: [UInt8]) {
            ftruncate(descriptor, 0)
            pwrite(descriptor, bytes, bytes.count, 0)
        }
    }

    @Test("A safetensors file is read within its bounds, or rejected", arguments: 1...10)
    func safetensors(_ seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let writer = try SafetensorsWriter.create(
            folder.file("a"), tensors: [("tokens", .bfloat16, [2, 3, 2]), ("offsets", .int64, [3])],
            metadata: ["k": "ü"])
        try writer.append((0..<12).map { UInt16($0) })
        try writer.append([Int64(0), 1, 2])
        _ = try writer.finish()
        let good = Array(try Data(contentsOf: URL(filePath: folder.file("a"))))
        var mutator = Mutator([good], seed: seed)
        let scratch = try Scratch()
        var (read, refused, isSound) = (0, 0, true)
        for _ in 0..<10_000 {
            scratch.write(mutator.next())
            do {
                let file = try SafetensorsFile.open(scratch.path)
                isSound = isSound && file.tensors.allSatisfy { file.bytes(of: $0).count == $0.byteRange.count }
                read += 1
            } catch {
                refused += 1
            }
        }
        #expect(isSound && read > 10 && refused > 1_000)
    }

    @Test("A .npy file is read within its bounds, or rejected", arguments: 1...10)
    func npy(_ seed: UInt64) throws {
        let dictionaries = [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
            "{'descr': '>i2', 'fortran_order': True, 'shape': (12,), }",
            "{'descr': '|u1', 'shape': (), 'fortran_order': False}",
        ]
        let corpus = dictionaries.map { text in
            let header = Array(text.utf8) + Array(repeating: 32, count: 117 - text.utf8.count) + [10]
            return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + header + Array(repeating: 7, count: 24)
        }
        var mutator = Mutator(corpus, seed: seed)
        let scratch = try Scratch()
        var (read, refused, isSound) = (0, 0, true)
        for _ in 0..<10_000 {
            scratch.write(mutator.next())
            do {
                let file = try NumpyFile.open(scratch.path)
                isSound = isSound && file.bytes.count < 1_000
                read += 1
            } catch {
                refused += 1
            }
        }
        #expect(isSound && read > 10 && refused > 1_000)
    }

    @Test("A .npz archive is read within its bounds, or rejected", arguments: 1...10)
    func npz(_ seed: UInt64) throws {
        let corpus = try ["archive.npz", "compressed.npz", "turned.npz"].map {
            Array(try Data(contentsOf: URL(filePath: "\(Fixture.numpy)/\($0)")))
        }
        var mutator = Mutator(corpus, seed: seed)
        let scratch = try Scratch()
        var (read, refused, isSound) = (0, 0, true)
        for _ in 0..<5_000 {
            scratch.write(mutator.next())
            do throws(FeatureError) {
                let array = try TokenFile.open(scratch.path, .init())
                let rows = array.shape.dropLast().reduce(1, *)
                try array.reader.withRows(0..<rows) { (bytes) throws(FeatureError) in
                    isSound = isSound && bytes.count == rows * array.rowBytes
                }
                read += 1
            } catch {
                refused += 1
            }
        }
        #expect(isSound && read > 10 && refused > 1_000)
    }

    @Test("A table of numbers is read within its bounds, or rejected", arguments: 1...5)
    func table(_ seed: UInt64) throws {
        let corpus = ["id,a,b\n\"x,1\",1,2\r\ny,-3e5,4\n", "a,b,label\n1,2,0\n\n3,4,1"].map { Array($0.utf8) }
        var mutator = Mutator(corpus, seed: seed)
        let scratch = try Scratch()
        var (read, refused) = (0, 0)
        for _ in 0..<10_000 {
            scratch.write(mutator.next())
            do throws(FeatureError) {
                let rows = try TableRows.open(scratch.path, separator: UInt8(ascii: ","), columns: nil)
                if rows.count > 0 && rows.width > 0 { try rows.withRows(0..<rows.count) { _ in } }
                read += 1
            } catch {
                refused += 1
            }
        }
        #expect(read > 10 && refused > 1_000)
    }
}
