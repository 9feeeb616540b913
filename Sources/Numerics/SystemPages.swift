internal import Foundation

/// A large block of zeroed memory, straight from the operating system: a page costs nothing until it is first written,
/// and then on the thread that writes it. Large pages are asked for, which take a fifth of the time to come by.
final class SystemPages {
    let base: UnsafeMutableRawPointer
    private let bytes: Int

    /// Bytes from which a block is worth a mapping of its own: a large page is two megabytes, and smaller blocks come
    /// and go too often to be mapped each time.
    private static let smallest = 2 << 20

    /// Nil for small blocks.
    init?(bytes: Int) {
        guard bytes >= Self.smallest else { return nil }
        let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else {
            fatalError("the operating system has no \(bytes) bytes of memory")
        }
        #if os(Linux)
            // Advice alone: where there are no large pages, small ones come.
            madvise(mapped, bytes, MADV_HUGEPAGE)
        #endif
        base = mapped
        self.bytes = bytes
    }

    deinit { munmap(base, bytes) }
}
