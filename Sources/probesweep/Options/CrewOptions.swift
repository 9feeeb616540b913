import ArgumentParser
import Cluster
import Foundation
import Launch
import Logging
import Results

/// The workers that a command starts on this machine.
struct CrewOptions: ParsableArguments {
    @Option(
        help: """
            Worker processes; by default as many as have --threads processors each, within the limits of control groups \
            and Slurm.
            """)
    var workers: Int?

    @Option(help: "Threads of each worker.")
    var threads = 1

    @Option(
        help: """
            Memory that each worker may use, in GB, not counting mapped features; by default an even part of what \
            control groups and Slurm allow, and 4 where nothing limits memory.
            """)
    var memory: Double?

    func validate() throws {
        if let workers, workers < 1 { throw ValidationError("--workers must be at least 1, not \(workers).") }
        guard threads > 0 else { throw ValidationError("--threads must be at least 1, not \(threads).") }
        if let memory, !(memory > 0) { throw ValidationError("--memory must be more than 0, not \(memory).") }
    }

    /// - Parameters:
    ///   - state: The state folder of the sweep.
    ///   - folders: Searched for feature sets, besides those that the sweep names.
    func cluster(state: String, folders: [String] = []) -> LocalCluster {
        let allotment = Allotment(.current)
        let workers = workers ?? max(1, allotment.threads.value / threads)
        return LocalCluster(
            state: URL(filePath: state), workers: workers, threadsPerWorker: threads,
            gigabytesPerWorker: memory ?? Double(allotment.memory(ofEach: workers)) / 1e9, featureFolders: folders,
            program: ProgramVersion.program,
            journal: JournalSettings(state: state, program: ProgramVersion.current))
    }

    /// With what one head is trained again in this process.
    ///
    /// - Parameter folders: Searched for feature sets, besides those that the sweep names.
    func retraining(folders: [String]) -> HeadExport.Settings {
        HeadExport.Settings(
            threads: threads, gigabytes: memory ?? RetrainingOptions.standardMemory, folders: folders)
    }

    /// Prepares this process for being the coordinator of a sweep on this machine.
    static func prepareProcess() throws {
        StateOptions.keepPrivate()
        try AddressSpace.check()
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler(label: label, stream: LogStream())
            // The terminal shows progress; only warnings are logged beside it.
            handler.logLevel = .warning
            return handler
        }
    }
}
