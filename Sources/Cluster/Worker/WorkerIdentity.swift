import Foundation
public import Identities
import Scheduling

/// What a worker says about itself beyond what scheduling needs; it ends up in the provenance of results.
public struct WorkerIdentity: Sendable {
    public var programVersion: String
    /// Stable across restarts: the host's name and a number, unless the operator chose one.
    public var name: String
    public var host: String
    public var kernelPath: String
    public var memoryBytes: Int
    /// Drawn anew by every process.
    public let id: WorkerID

    public init(programVersion: String, name: String?, kernelPath: String) {
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
