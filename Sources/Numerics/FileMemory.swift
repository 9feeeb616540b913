internal import Foundation
internal import Synchronization

/// Memory in an unlinked temporary file: the operating system writes it back and evicts it when memory is short, like
/// mapped tokens, so that it counts against no budget.
///
/// For tables that are written once and then read, some rows a batch. The folder is that of temporary files (`TMPDIR`),
/// which should lie on a disk.
package final class FileMemory: Sendable {
    /// Safe to share: each part has one owner, and the mapping stays until `deinit`.
    nonisolated(unsafe) private let base: UnsafeMutableRawPointer
    private let bytes: Int
    private let taken = Mutex(0)

    private init(base: UnsafeMutableRawPointer, bytes: Int) {
        self.base = base
        self.bytes = bytes
    }

    deinit { munmap(base, bytes) }

    /// Allocates zeroed bytes.
    ///
    /// - Throws: ``FileMemoryError`` if the folder of temporary files is full.
    package static func reserve(_ wanted: Int) throws(FileMemoryError) -> FileMemory {
        let bytes = max(wanted, 1)
        let folder = FileManager.default.temporaryDirectory.path
        var template = Array("\(folder)/probesweep-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw FileMemoryError(bytes: bytes, folder: folder, code: errno) }
        defer { close(descriptor) }
        unlink(template)
        // Allocates disk blocks now: a full disk later would raise SIGBUS.
        let failure = posix_fallocate(descriptor, 0, off_t(bytes))
        guard failure == 0 else { throw FileMemoryError(bytes: bytes, folder: folder, code: failure) }
        guard let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), base != MAP_FAILED
        else { throw FileMemoryError(bytes: bytes, folder: folder, code: errno) }
        return FileMemory(base: base, bytes: bytes)
    }

    /// Allocates a copy of some bytes.
    ///
    /// - Throws: ``FileMemoryError`` if the folder of temporary files has no room for it.
    package static func copy(of bytes: UnsafeRawBufferPointer) throws(FileMemoryError) -> FileMemory {
        let memory = try reserve(bytes.count)
        if let source = bytes.baseAddress { memory.base.copyMemory(from: source, byteCount: bytes.count) }
        return memory
    }

    /// The first byte, aligned to a page; valid as long as this object lives.
    package var start: UnsafeRawPointer { UnsafeRawPointer(base) }

    /// Bytes of this many elements, rounded up to a cache line.
    package static func extent<Element>(_ count: Int, of type: Element.Type) -> Int {
        (count * MemoryLayout<Element>.stride + 63) / 64 * 64
    }

    /// The next part of it.
    func take<Element>(_ count: Int, of type: Element.Type) -> UnsafeMutablePointer<Element> {
        let extent = Self.extent(count, of: type)
        let start = taken.withLock { taken in
            defer { taken += extent }
            return taken
        }
        precondition(start + extent <= bytes, "\(start + extent) bytes of \(bytes)")
        return (base + start).bindMemory(to: Element.self, capacity: max(count, 1))
    }
}

/// The folder of temporary files is full.
package struct FileMemoryError: Error, Hashable, Sendable, CustomStringConvertible {
    package let bytes: Int
    package let folder: String
    /// The operating system's error number.
    package let code: Int32

    package var description: String {
        "\(bytes) bytes of temporary space in \(folder): \(String(cString: strerror(code))). "
            + "Free space there, set TMPDIR to a folder with enough space, or give more memory."
    }
}
