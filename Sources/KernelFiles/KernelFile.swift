internal import Foundation

/// Files of `/proc` and `/sys`, whose contents the kernel makes as they are read.
///
/// They have no size, and a read gives at most a page of them. `String(contentsOfFile:)` takes the first short read for the
/// end of the file: of a table of mounts or connections it would return the first lines alone.
package enum KernelFile {
    /// The whole file; nil where it cannot be read or is no UTF-8.
    package static func text(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path), let bytes = try? file.readToEnd() else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
