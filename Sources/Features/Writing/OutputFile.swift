import Digests
import Glibc

/// A file that is written sequentially and hashed on the way, every write and the closing one checked. Until `finish()`
/// its name is `NAME.partial`, and it is removed with its writer.
///
/// What exists and is no regular file, such as a pipe or /dev/full, is written in place instead.
package final class OutputFile {
    private let path: String
    /// Nil for a file that is written in place.
    private let partial: String?
    private var descriptor: Int32
    private var hasher = SHA256()

    /// Writes a whole file.
    ///
    /// - Returns: The SHA-256 of its bytes.
    @discardableResult
    package static func write(_ bytes: [UInt8], to path: String) throws(FeatureError) -> String {
        let file = try create(path)
        try file.append(bytes)
        return try file.finish()
    }

    private init(path: String, partial: String?, descriptor: Int32) {
        self.path = path
        self.partial = partial
        self.descriptor = descriptor
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            if let partial { unlink(partial) }
        }
    }

    static func create(_ path: String) throws(FeatureError) -> OutputFile {
        var status = stat()
        let isInPlace = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        let partial = isInPlace ? nil : path + ".partial"
        let descriptor = open(partial ?? path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        return OutputFile(path: path, partial: partial, descriptor: descriptor)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FeatureError) {
        hasher.update(bytes)
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw Self.failure(path) }
            rest = rest.dropFirst(written)
        }
    }

    /// Appends elements as they lie in memory.
    func append<Element: BitwiseCopyable>(_ elements: [Element]) throws(FeatureError) {
        // The library's closure cannot throw typed errors, so the result is passed out instead.
        let result: Result<Void, FeatureError> = elements.withUnsafeBytes { bytes in
            do throws(FeatureError) { return .success(try append(bytes)) } catch { return .failure(error) }
        }
        try result.get()
    }

    /// Gives the file its name and returns the SHA-256 of its bytes.
    func finish() throws(FeatureError) -> String {
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0, partial.map({ rename($0, path) == 0 }) ?? true else {
            let error = Self.failure(path)
            if let partial { unlink(partial) }
            throw error
        }
        return hasher.finalize().hexadecimal
    }

    private static func failure(_ path: String) -> FeatureError {
        FeatureError(
            file: path, found: "cannot be written: \(MappedFile.lastError())",
            remedy: "Check path, permissions and free space.")
    }
}
