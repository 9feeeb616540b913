// libFuzzer over every reader of foreign bytes. PROBESWEEP_FUZZ names the reader; `deploy/fuzz` builds and runs this.

import Foundation

@testable import Features
@testable import Sweeps
@testable import Transport

/// The fuzzer's own loop, from the sanitizer's library.
@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

let readers: [String: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt] = [
    "protocol": { bytes, count in
        let frame = Data(UnsafeBufferPointer(start: bytes, count: count))
        _ = try? MessageCoding.decode(frame, from: nil) as WireToCoordinator
        _ = try? MessageCoding.decode(frame) as WireFromCoordinator
        return 0
    },
    "safetensors": { bytes, count in
        let file = Scratch.write(bytes, count)
        guard let file = try? SafetensorsFile.open(file) else { return 0 }
        for tensor in file.tensors { _ = file.bytes(of: tensor).reduce(0) { $0 &+ Int($1) } }
        return 0
    },
    "npy": { bytes, count in
        let file = Scratch.write(bytes, count)
        if let file = try? NumpyFile.open(file) { _ = file.bytes.reduce(0) { $0 &+ Int($1) } }
        return 0
    },
    "yaml": { bytes, count in
        let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
        _ = try? SweepSpecification.read(text: text, file: "fuzz.yaml")
        return 0
    },
]

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

let name = ProcessInfo.processInfo.environment["PROBESWEEP_FUZZ"] ?? ""
guard let reader = readers[name] else {
    fatalError("PROBESWEEP_FUZZ is \"\(name)\"; give one of \(readers.keys.sorted().joined(separator: ", "))")
}
var count = CommandLine.argc
var arguments = CommandLine.unsafeArgv
exit(runFuzzer(&count, &arguments, reader))
