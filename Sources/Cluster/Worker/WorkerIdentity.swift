import Foundation
package import Identities
import KernelFiles
import Scheduling

/// What a worker says about itself beyond what scheduling needs; it ends up in the provenance of results.
package struct WorkerIdentity: Sendable {
    package var programVersion: String
    /// Stable across restarts: the host's name and a number, unless the operator chose one.
    package var name: String
    package var host: String
    /// Identifies the machine, by the boot of its kernel, and the mount namespace on it: what workers that read the same
    /// files on the same processor have in common. Empty where the system does not say.
    package var machine: String
    package var kernelPath: String
    package var memoryBytes: Int
    /// Drawn anew by every process.
    package let id: WorkerID

    package init(programVersion: String, name: String?, kernelPath: String) {
        let host = ProcessInfo.processInfo.hostName
        self.programVersion = programVersion
        self.host = host
        machine = Self.machineIdentity
        self.name = name ?? "\(host)-\(ProcessInfo.processInfo.processIdentifier)"
        self.kernelPath = kernelPath
        memoryBytes = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        var generator = SystemRandomNumberGenerator()
        id = WorkerID(words: generator.next(), generator.next())
    }

    /// Names the mount namespace where a service manager's sandbox gives every process one of its own that shows the same
    /// files.
    private static let namespaceVariable = "PROBESWEEP_MOUNT_NAMESPACE"

    /// The boot's identity, unlike the machine's, is never shared by copies of an image.
    private static var machineIdentity: String {
        let boot = KernelFile.text("/proc/sys/kernel/random/boot_id")
        let namespace =
            ProcessInfo.processInfo.environment[namespaceVariable]
            ?? (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/mnt"))
        guard let boot, let namespace else { return "" }
        return "\(boot.trimmingCharacters(in: .whitespacesAndNewlines)) \(namespace)"
    }
}
