internal import CKernels
internal import Foundation

/// Which processors threads may run on.
package enum ProcessorAffinity {
    /// The numbers of the processors that the calling thread may run on, in order; where the system does not say,
    /// as many numbers as there are processors.
    package static var allowed: [Int] {
        var words = [UInt64](repeating: 0, count: wordCount)
        guard ck_get_affinity(&words, 8 * wordCount) else {
            return Array(0..<max(1, ProcessInfo.processInfo.activeProcessorCount))
        }
        return (0..<64 * wordCount).filter { words[$0 / 64] >> UInt64($0 % 64) & 1 == 1 }
    }

    /// Lets the calling thread run on these processors only, and the threads that it starts from now on; without effect
    /// where the system cannot.
    package static func allow(_ processors: [Int]) {
        var words = [UInt64](repeating: 0, count: wordCount)
        for processor in processors where 0..<64 * wordCount ~= processor {
            words[processor / 64] |= 1 << UInt64(processor % 64)
        }
        _ = ck_set_affinity(words, 8 * wordCount)
    }

    /// For 8,192 processors, as many as Linux is built for.
    private static let wordCount = 128
}
