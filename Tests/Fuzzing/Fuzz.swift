// libFuzzer over every reader of foreign bytes. PROBESWEEP_FUZZ names the reader; `deploy/fuzz` builds and runs this.

import Foundation

@testable import Features
@testable import Sweeps
@testable import Transport

/// What libFuzzer would call with every input if its own `main` ran; the linker asks for it.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Readers.chosen(bytes, count)
    return 0
}

enum Readers {
    typealias Reader = @Sendable (UnsafePointer<UInt8>?, Int) -> Void

    static let chosen: Reader = {
        let name = ProcessInfo.processInfo.environment["PROBESWEEP_FUZZ"] ?? ""
        guard let reader = all[name] else {
            fatalError("PROBESWEEP_FUZZ is \"\(name)\"; give one of \(all.keys.sorted().joined(separator: ", "))")
        }
        return reader
    }()

    private static let all: [String: Reader] = [
        "protocol": { bytes, count in
            let frame = Data(UnsafeBufferPointer(start: bytes, count: count))
            _ = try? MessageCoding.decode(frame, from: nil) as WireToCoordinator
            _ = try? MessageCoding.decode(frame) as WireFromCoordinator
        },
        "safetensors": { bytes, count in
            guard let file = try? SafetensorsFile.open(Scratch.write(bytes, count)) else { return }
            for tensor in file.tensors { _ = file.bytes(of: tensor).reduce(0) { $0 &+ Int($1) } }
        },
        "npy": { bytes, count in
            if let file = try? NumpyFile.open(Scratch.write(bytes, count)) {
                _ = file.bytes.reduce(0) { $0 &+ Int($1) }
            }
        },
        "npz": { bytes, count in read { try TokenFile.openArchive(Scratch.write(bytes, count), .init()) } },
        "table": { bytes, count in
            read { try TokenFile.openTable(Scratch.write(bytes, count), separator: UInt8(ascii: ","), .init()) }
        },
        "yaml": { bytes, count in
            let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
            _ = try? SweepSpecification.read(text: text, file: "fuzz.yaml")
        },
    ]

    /// All rows of an array, as far as it can be read.
    private static func read(_ open: () throws -> TokenArray) {
        guard let array = try? open() else { return }
        let rows = array.shape.dropLast().reduce(1, *)
        if rows > 0 { try? array.reader.withRows(0..<rows) { _ = $0.reduce(0) { $0 &+ Int($1) } } }
    }
}

/// A file without a name that takes one input after the other.
enum Scratch {
    private static let descriptor: Int32 = {
        var path = Array("/tmp/probesweep-fuzz-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        unlink(path)
        return descriptor
    }()

    static func write(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> String {
        ftruncate(descriptor, 0)
        pwrite(descriptor, bytes, count, 0)
        return "/proc/self/fd/\(descriptor)"
    }
}
