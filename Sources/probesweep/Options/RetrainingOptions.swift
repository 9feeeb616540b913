import ArgumentParser
import Results

/// With what a command trains units again on this machine.
struct RetrainingOptions: ParsableArguments {
    @Option(help: "Threads to train with.")
    var threads = 1

    @Option(help: "Memory that the process may use, in GB, not counting mapped features.")
    var memory = Self.standardMemory

    /// GB, where no option says it.
    static let standardMemory = 4.0

    func validate() throws {
        guard threads > 0 else { throw ValidationError("--threads must be at least 1, not \(threads).") }
        guard memory > 0 else { throw ValidationError("--memory must be more than 0, not \(memory).") }
    }

    /// - Parameter folders: searched for feature sets on this machine.
    func settings(folders: [String]) -> HeadExport.Settings {
        HeadExport.Settings(threads: threads, gigabytes: memory, folders: folders)
    }
}

extension HeadExport.Settings {
    /// - Parameter folders: Searched for feature sets on this machine.
    init(threads: Int, gigabytes: Double, folders: [String]) {
        self.init(
            threads: threads, memoryBudget: Int(min(gigabytes * 1e9, 1e18)), featureRoots: folders,
            programVersion: ProgramVersion.current)
    }
}
