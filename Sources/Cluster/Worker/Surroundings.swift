import Foundation
package import Numerics

/// What a process finds around it: its environment, and what the operating system lets it use.
package struct Surroundings: Sendable {
    package var environment: [String: String]
    /// The numbers of the processors that it may run on.
    package var processors: [Int]
    /// Bytes that the machine has.
    package var physicalMemory: Int
    package var groups: ControlGroups

    package init(
        environment: [String: String], processors: [Int], physicalMemory: Int, groups: ControlGroups = ControlGroups()
    ) {
        self.environment = environment
        self.processors = processors
        self.physicalMemory = physicalMemory
        self.groups = groups
    }

    /// Those of this process.
    package static var current: Surroundings {
        Surroundings(
            environment: ProcessInfo.processInfo.environment, processors: ProcessorAffinity.allowed,
            physicalMemory: MachineMemory.physical)
    }

    /// Whether an engine (Slurm or Kubernetes) started the process, so that what it holds costs others something.
    package var isEngineJob: Bool {
        environment["SLURM_JOB_ID"] != nil || environment["KUBERNETES_SERVICE_HOST"] != nil
    }

    /// A variable that is a whole number; nil if it is not set, or is none.
    func number(_ variable: String) -> Int? { environment[variable].flatMap { Int($0) } }
}
