import Features
import Foundation
import Numerics

/// Asks the operating system for the tokens of the next batch while the present one is at work.
///
/// Only for layers that do not fit into memory beside everything else: where pages stay, asking for them is in vain.
struct ReadAhead {
    private let layer: LayerTokens
    private let isNeeded: Bool

    init(_ layer: LayerTokens) {
        self.layer = layer
        let bytes = layer.samples * layer.maximumTokens * layer.width * layer.type.size
        isNeeded = bytes > Int(ProcessInfo.processInfo.physicalMemory) / 2
    }

    func fetch(_ samples: some Sequence<Int>) {
        guard isNeeded else { return }
        let page = UInt(getpagesize())
        for sample in samples {
            let view = layer.allTokens(sample)
            let start = UInt(bitPattern: view.base)
            let first = start / page * page
            let count = Int(start - first) + view.tokens * view.width * view.type.size
            // Advice only: where it fails, the pages come when they are touched.
            _ = madvise(UnsafeMutableRawPointer(bitPattern: first), count, Int32(MADV_WILLNEED))
        }
    }
}
