internal import Foundation

/// A large block of zeroed memory, mapped directly: a page costs nothing until its first touch, and is then local to
/// the thread that touches it. Huge pages are requested, which fault in in a fifth of the time.
final class SystemPages {
    let base: UnsafeMutableRawPointer
    private let bytes: Int

    /// Smallest block with its own mapping: a huge page has two megabytes, and smaller blocks are allocated too often.
    private static let smallest = 2 << 20

    /// Nil for small blocks.
    init?(bytes: Int) {
        guard bytes >= Self.smallest else { return nil }
        let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else {
            fatalError("the operating system has no \(bytes) bytes of memory")
        }
        #if os(Linux)
            // A hint: without huge pages, small ones are used.
            madvise(mapped, bytes, MADV_HUGEPAGE)
        #endif
        base = mapped
        self.bytes = bytes
    }

    deinit { munmap(base, bytes) }
}
