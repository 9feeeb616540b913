import ArgumentParser
import Features
import Foundation

/// What `features import` starts to read .h5 files: a damaged one can end the process that reads it.
struct FeaturesReadHDF5Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read-hdf5", abstract: "Read HDF5 files for an import.", shouldDisplay: false)

    /// Program and arguments.
    static let command = [
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path, "features", "read-hdf5",
    ]

    func run() { HDF5Service.serve(STDIN_FILENO) }
}
