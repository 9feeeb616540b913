internal import Foundation
package import Numerics
internal import Synchronization

extension CostModel {
    /// Measures the rates of each of several single-threaded workers while all of them run on this machine: they share
    /// its memory, and its processors if there are fewer processors than workers.
    package static func measure(kernel: KernelPath, workers: Int) -> CostModel {
        let processors = max(1, ProcessInfo.processInfo.activeProcessorCount)
        let busy = max(1, min(workers, processors))
        let models = Mutex<[CostModel]>([])
        ThreadPool(threads: busy).forEach(busy) { _ in
            let model = measure(kernel: kernel, threads: 1)
            models.withLock { $0.append(model) }
        }
        let share = max(1, Double(workers) / Double(processors))
        return models.withLock { mean(of: $0, share: share) }
    }

    /// - Parameter share: Workers per processor.
    private static func mean(of models: [CostModel], share: Double) -> CostModel {
        let count = Double(max(1, models.count))
        var paces: [WorkKind: Double] = [:]
        for (kind, pace) in models.flatMap(\.paces) { paces[kind, default: 0] += share * pace / count }
        return CostModel(
            paces: paces, reading: models.reduce(0) { $0 + $1.reading } / count / share, threads: 1)
    }
}
