import Glibc

/// A memory-mapped file, read-only: pages are read when they are touched and evicted when memory is short.
///
/// A file must not be truncated while it is mapped: reading past the new end raises SIGBUS.
final class MappedFile: Sendable {
    let path: String
    let count: Int
    /// What the file was when it was mapped.
    let identity: FileIdentity
    /// Safe to share: the pages are mapped read-only and stay until `deinit`.
    nonisolated(unsafe) let base: UnsafeRawPointer

    private init(path: String, identity: FileIdentity, base: UnsafeRawPointer) {
        self.path = path
        self.identity = identity
        count = identity.size
        self.base = base
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: base), count) }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    static func open(_ path: String) throws(FeatureError) -> MappedFile {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FeatureError(
                file: path, found: "cannot be opened: \(lastError())", remedy: "Check path and permissions.")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw FeatureError(file: path, found: "is not a regular file", remedy: "Give the path of a file.")
        }
        guard status.st_size > 0 else {
            throw FeatureError(file: path, found: "is empty", remedy: "Write or copy the file again.")
        }
        let count = Int(status.st_size)
        guard let base = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED else {
            throw FeatureError(
                file: path, found: "cannot be mapped into memory: \(lastError())",
                remedy: "Check that the address space of the process is not limited (ulimit -v).")
        }
        return MappedFile(path: path, identity: FileIdentity(status), base: UnsafeRawPointer(base))
    }

    /// Tells the operating system that access will be random, so that it does not read ahead.
    func adviseRandomReading() { madvise(UnsafeMutableRawPointer(mutating: base), count, MADV_RANDOM) }

    /// Takes pages that were read out of the memory of the process; they stay in the system's cache.
    func release(_ range: Range<Int>) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let (first, end) = ((range.lowerBound + page - 1) / page * page, range.upperBound / page * page)
        if first < end { madvise(UnsafeMutableRawPointer(mutating: base) + first, end - first, MADV_DONTNEED) }
    }

    static func lastError() -> String { String(cString: strerror(errno)) }
}
