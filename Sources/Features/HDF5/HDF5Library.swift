import Foundation
import Glibc

/// The HDF5 library, opened at run time: nothing but an import of .h5 needs it.
///
/// The library keeps global tables that are not made for several threads, so that all calls go through `use`, one at a
/// time. It is opened without plugins and without external links: a file can then not name code or other files.
///
/// Its own checks are what stands between a damaged file and the memory of the process. .h5 files from people whom you
/// would not let run a program should be converted elsewhere first.
final class HDF5Library: Sendable {
    private static let opened = open()

    private let functions: HDF5Functions
    private let lock = NSRecursiveLock()

    private init(functions: HDF5Functions) { self.functions = functions }

    /// The library, opened at the first call.
    ///
    /// - Parameter path: the file that it is wanted for.
    static func shared(for path: String) throws(FeatureError) -> HDF5Library {
        switch opened {
        case .success(let library): return library
        case .failure(let failure):
            throw FeatureError(
                file: path, found: "an HDF5 file, and \(failure.reason)",
                expected: "the HDF5 library, version 1.10 or later",
                remedy:
                    "Install it: apt-get install libhdf5-103-1 (Debian 12) or libhdf5-dev, or convert the file with "
                    + "the Python package: probesweep-extract convert \(path) SET --key KEY.")
        }
    }

    static var isAvailable: Bool { if case .success = opened { true } else { false } }

    /// Calls functions of the library, alone.
    func use<Result>(_ body: (HDF5Functions) throws(FeatureError) -> Result) throws(FeatureError) -> Result {
        lock.lock()
        defer { lock.unlock() }
        // Errors are read from the library's stack instead of standard error: a setting of each thread.
        _ = functions.reportErrors(0, nil, nil)
        return try body(functions)
    }

    // MARK: Opening

    private struct Unavailable: Error {
        var reason: String
    }

    /// Debian's serial builds first, the names of its versions 12 and 13, then what links without a version point to.
    private static let names = [
        "libhdf5_serial.so.103", "libhdf5.so.103", "libhdf5_serial.so.310", "libhdf5.so.310", "libhdf5_serial.so",
        "libhdf5.so",
    ]

    private static func open() -> Result<HDF5Library, Unavailable> {
        guard let handle = names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first else {
            return .failure(.init(reason: "no library to read it"))
        }
        let functions: HDF5Functions
        do throws(HDF5Functions.Missing) {
            functions = try HDF5Functions(handle)
        } catch {
            return .failure(.init(reason: "a library without the function \(error.name)"))
        }
        guard functions.open() >= 0 else { return .failure(.init(reason: "a library that cannot start")) }
        var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
        _ = functions.version(&major, &minor, &release)
        guard (major, minor) >= (1, 10) else {
            return .failure(.init(reason: "the library's version \(major).\(minor).\(release)"))
        }
        guard functions.loadPlugins(0) >= 0, functions.removeLinkClass(HDF5Functions.externalLink) >= 0 else {
            return .failure(.init(reason: "a library that would follow its links to other files"))
        }
        return .success(HDF5Library(functions: functions))
    }
}
