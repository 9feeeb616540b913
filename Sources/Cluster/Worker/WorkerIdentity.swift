import Foundation
package import Identities
import Scheduling

/// What a worker says about itself beyond what scheduling needs; it ends up in the provenance of results.
package struct WorkerIdentity: Sendable {
    package var programVersion: String
    /// Stable across restarts: the host's name and a number, unless the operator chose one.
    package var name: String
    package var host: String
    package var kernelPath: String
    package var memoryBytes: Int
    /// Drawn anew by every process.
    package let id: WorkerID

    package init(programVersion: String, name: String?, kernelPath: String) {
        let host = ProcessInfo.processInfo.hostName
        self.programVersion = programVersion
        self.host = host
        self.name = name ?? "\(host)-\(ProcessInfo.processInfo.processIdentifier)"
        self.kernelPath = kernelPath
        memoryBytes = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        var generator = SystemRandomNumberGenerator()
        id = WorkerID(words: generator.next(), generator.next())
    }
}
