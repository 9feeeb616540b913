import Crypto
import Glibc

/// A file that is written sequentially and hashed on the way. Until `finish()` its name is `NAME.partial`, and it is
/// removed with its writer.
final class OutputFile {
    private let path: String
    private let partial: String
    private var descriptor: Int32
    private var hasher = SHA256()

    private init(path: String, partial: String, descriptor: Int32) {
        self.path = path
        self.partial = partial
        self.descriptor = descriptor
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unlink(partial)
        }
    }

    static func create(_ path: String) throws(FeatureError) -> OutputFile {
        let partial = path + ".partial"
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        return OutputFile(path: path, partial: partial, descriptor: descriptor)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FeatureError) {
        hasher.update(bufferPointer: bytes)
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
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
        guard closed == 0, rename(partial, path) == 0 else {
            let error = Self.failure(path)
            unlink(partial)
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
