import Foundation

/// Where a worker keeps what outlives its process.
package struct WorkerCache: Sendable, Equatable {
    /// The folder of results without receipt, and of the locks of names.
    package let results: String
    /// The folder above those of checkpoints.
    package let checkpoints: String

    /// - Parameters:
    ///   - chosen: the folder for everything that the user names; nil for none.
    ///   - home: the user's home folder.
    package init(_ chosen: String?, in surroundings: Surroundings, home: String) {
        let caches = surroundings.environment["XDG_CACHE_HOME"] ?? home + "/.cache"
        results = chosen ?? caches + "/probesweep"
        checkpoints = chosen ?? Self.scratch(in: surroundings) ?? results
    }

    /// The user's folder on the scratch disk of the job that the process runs in, made if need be; nil where there is none,
    /// or where it could be somebody else's: whoever can write a checkpoint can write a result.
    private static func scratch(in surroundings: Surroundings) -> String? {
        guard surroundings.isEngineJob else { return nil }
        let candidates = ["SLURM_TMPDIR", "TMPDIR"].compactMap { surroundings.environment[$0] }.filter { !$0.isEmpty }
        return candidates.lazy.map { "\($0)/probesweep-\(getuid())" }.first { mkdir($0, 0o700) == 0 || isOwn($0) }
    }

    /// Whether it is a folder that only this user can write, and not a link to one.
    private static func isOwn(_ folder: String) -> Bool {
        var status = stat()
        return lstat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == getuid()
            && status.st_mode & 0o022 == 0
    }
}
