internal import CKernels
internal import Foundation

/// This process's memory, as the operating system counts it.
package enum ProcessMemory {
    /// Bytes of memory that belong to the process alone (RssAnon). Pages of mapped files do not count: the operating
    /// system can evict them.
    package static var anonymous: Int { ck_anonymous_bytes() }

    /// Makes the heap return freed blocks of a megabyte and more to the operating system from now on. By default it
    /// keeps blocks of up to 32 MB, so that freed memory still counts as used.
    package static func returnLargeBlocks() { ck_return_large_blocks(1 << 20) }

    /// Trims the heap: returns smaller blocks that were freed.
    package static func returnFreed() { ck_return_freed() }
}
