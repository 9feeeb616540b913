import Digests
package import Foundation

/// The program as it is brought to machines that lack it: the executable, and the libraries that a package carries
/// beside it.
package struct ProgramBundle: Sendable {
    /// A folder, and files in it.
    let root: URL
    let files: [String]
    /// Lines of `sha256sum`, one a file.
    let checksums: String
    /// The executable's SHA-256 in hexadecimal.
    package let programDigest: String
    /// A name for exactly these files.
    let name: String

    /// The executable's path in the bundle.
    var program: String { files[0] }

    /// - Parameter program: an executable; `../lib/probesweep` beside its folder is taken along if it is there.
    /// - Throws: `CocoaError` if a file cannot be read.
    package static func of(_ program: URL) throws -> ProgramBundle {
        let bin = program.deletingLastPathComponent()
        let libraries = bin.deletingLastPathComponent().appending(path: "lib/probesweep")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: libraries.path))?.sorted() ?? []
        let root = names.isEmpty ? bin : bin.deletingLastPathComponent()
        let executable = program.lastPathComponent
        let files =
            names.isEmpty
            ? [executable] : ["\(bin.lastPathComponent)/\(executable)"] + names.map { "lib/probesweep/\($0)" }
        let checksums = try checksums(of: files, in: root)
        return ProgramBundle(
            root: root, files: files, checksums: checksums, programDigest: String(checksums.prefix(64)),
            name: String(SHA256.hash(checksums.utf8).hexadecimal.prefix(16)))
    }

    /// A line of `sha256sum` for each file.
    static func checksums(of files: [String], in root: URL) throws -> String {
        try files.map { file in
            let digest = SHA256.hash(try Data(contentsOf: root.appending(path: file), options: .alwaysMapped))
            return "\(digest.hexadecimal)  \(file)\n"
        }.joined()
    }
}
