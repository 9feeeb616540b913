import CVersion
import Foundation

/// The version that results carry in their provenance.
enum ProgramVersion {
    /// `0.1.0+ce8a69e2f0c1`, with `.modified` behind it where files had changes that were not committed; without a
    /// commit where the sources are in no repository.
    static let current = {
        let commit = String(cString: probesweep_commit())
        return commit.isEmpty ? release : "\(release)+\(commit)"
    }()

    /// This program's file, to start further processes with.
    static var program: URL { URL(filePath: "/proc/self/exe").resolvingSymlinksInPath() }

    private static let release = "0.1.0"
}
