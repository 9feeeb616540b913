import Identities
import Scheduling

/// What is said of passes that seem stuck.
enum StuckPasses {
    /// A line for each worker with such a pass among these.
    static func lines(_ workers: [Coordinator.WorkerStatus], among passes: Set<PassID>) -> [String] {
        workers.compactMap { worker in
            guard let stuck = worker.stuck, passes.contains(stuck.pass) else { return nil }
            return "worker \(worker.name) seems stuck: \(stuck.reason)"
        }
    }
}
