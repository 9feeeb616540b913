import Foundation

/// How fast a folder's disk keeps what is written to it.
struct DiskSpeed {
    /// Bytes a second of a file that is written and synced.
    let writing: Double
    /// Bytes a second of the same file, read after the operating system was asked to forget it.
    let reading: Double
    /// Seconds in which a page is written and synced, the median: as long as a commit of the ledger takes at least.
    let commit: Double

    private static let bytes = 64 << 20
    private static let page = 4096
    private static let commits = 15

    /// Writes 64 MB into a file without a name.
    static func measure(in folder: String) throws(SystemFailure) -> DiskSpeed {
        let file = try TemporaryFile(in: folder)
        let block = [UInt8](repeating: 0x5A, count: 1 << 20)
        let writing = try seconds { () throws(SystemFailure) in
            for start in stride(from: 0, to: bytes, by: block.count) { try file.write(block, at: start) }
            try file.sync()
        }
        file.forget()
        let reading = try seconds { () throws(SystemFailure) in
            for start in stride(from: 0, to: bytes, by: block.count) { try file.read(block.count, at: start) }
        }
        var commit: [Double] = []
        for _ in 0..<commits {
            commit.append(
                try seconds { () throws(SystemFailure) in
                    try file.write(Array(block.prefix(page)), at: 0)
                    try file.sync()
                })
        }
        return DiskSpeed(
            writing: Double(bytes) / writing, reading: Double(bytes) / reading, commit: commit.sorted()[commits / 2])
    }

    private static func seconds(_ body: () throws(SystemFailure) -> Void) throws(SystemFailure) -> Double {
        let start = ContinuousClock.now
        try body()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    var finding: Finding {
        let found = """
            writes \(megabytes(writing)), reads \(megabytes(reading)), commits in \
            \((1000 * commit).formatted(decimals: 1)) ms
            """
        // Rows gather for two milliseconds and are committed together, so this is five commits a second.
        guard commit > 0.2 else { return .ok("disk speed", found) }
        return .warning(
            "disk speed", found, remedy: "Choose a --state on a faster local disk: every result waits for a commit.")
    }

    private func megabytes(_ rate: Double) -> String { "\(Int(rate / 1e6)) MB/s" }
}

/// A file without a name, which ends with its descriptor.
private final class TemporaryFile {
    private let descriptor: Int32

    init(in folder: String) throws(SystemFailure) {
        var path = Array("\(folder)/.probesweep-doctor-XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw SystemFailure() }
        unlink(path)
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8], at offset: Int) throws(SystemFailure) {
        guard pwrite(descriptor, bytes, bytes.count, offset) == bytes.count else { throw SystemFailure() }
    }

    func read(_ count: Int, at offset: Int) throws(SystemFailure) {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { bytes.deallocate() }
        guard pread(descriptor, bytes.baseAddress, count, offset) == count else { throw SystemFailure() }
    }

    func sync() throws(SystemFailure) {
        guard fsync(descriptor) == 0 else { throw SystemFailure() }
    }

    /// Asks the operating system to drop the file's pages.
    func forget() { posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) }
}

/// A failed call of the operating system.
struct SystemFailure: Error, CustomStringConvertible {
    let description = lastError()
}
