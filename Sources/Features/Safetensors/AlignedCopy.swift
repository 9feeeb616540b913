import Foundation
import Glibc

/// A copy of an unaligned tensor in a nameless temporary file, memory-mapped.
///
/// The format does not ask tensors to be aligned to their element type, but kernels load whole elements. A mapping can
/// only begin at a page, so an unaligned tensor must move; a file rather than the heap lets it stay larger than memory.
enum AlignedCopy {
    /// Nil if the tensor is aligned as it is.
    static func make(of tensor: SafetensorsTensor, in file: SafetensorsFile) throws(FeatureError) -> MappedFile? {
        let bytes = file.bytes(of: tensor)
        guard let base = bytes.baseAddress, UInt(bitPattern: base) % UInt(tensor.type.byteCount) != 0 else {
            return nil
        }
        var template = Array("\(FileManager.default.temporaryDirectory.path)/probesweep-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw failure(tensor, in: file) }
        defer { close(descriptor) }
        unlink(template)
        var written = 0
        while written < bytes.count {
            let count = write(descriptor, base + written, min(bytes.count - written, 1 << 22))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure(tensor, in: file) }
            written += count
        }
        return try MappedFile.map(descriptor, path: file.path)
    }

    private static func failure(_ tensor: SafetensorsTensor, in file: SafetensorsFile) -> FeatureError {
        FeatureError(
            file: file.path, field: "tensor \"\(tensor.name)\"", offset: file.fileOffset(of: tensor),
            found: "not aligned to \(tensor.type.byteCount) bytes, and no aligned copy could be written: "
                + MappedFile.lastError(),
            remedy: "Make room in the temporary folder (TMPDIR), or rewrite the set with features import.")
    }
}
