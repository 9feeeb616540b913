import Foundation

/// The limit on a process's address space (`ulimit -v`).
enum AddressSpace {
    /// Bytes that processes of the program need: libraries, stacks, the heaps of threads.
    private static let least: UInt64 = 1_000_000_000

    /// - Throws: ``AddressSpaceTooSmall``: with less, threads cannot be made, and what waits for them hangs.
    static func check() throws {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < least else { return }
        throw AddressSpaceTooSmall(allowed: UInt64(limit.rlim_cur), needed: least)
    }
}

struct AddressSpaceTooSmall: Error, CustomStringConvertible {
    /// Bytes.
    let allowed: UInt64
    let needed: UInt64

    var description: String {
        "the limit on the address space, \(allowed / 1_000_000) MB, is too low: at least \(needed / 1_000_000) MB are "
            + "needed. Raise it, with `ulimit -v unlimited` or in the batch system's job"
    }
}
