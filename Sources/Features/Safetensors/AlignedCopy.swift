import Numerics

/// A copy of an unaligned tensor in a nameless temporary file, memory-mapped.
///
/// The format does not ask tensors to be aligned to their element type, but kernels load whole elements. A mapping can
/// only begin at a page, so an unaligned tensor must move; a file rather than the heap lets it stay larger than memory.
enum AlignedCopy {
    /// Nil if the tensor is aligned as it is.
    static func make(of tensor: SafetensorsTensor, in file: SafetensorsFile) throws(FeatureError) -> FileMemory? {
        let bytes = file.bytes(of: tensor)
        guard let base = bytes.baseAddress, UInt(bitPattern: base) % UInt(tensor.type.byteCount) != 0 else {
            return nil
        }
        do {
            return try FileMemory.copy(of: bytes)
        } catch {
            throw FeatureError(
                file: file.path, field: "tensor \"\(tensor.name)\"", offset: file.fileOffset(of: tensor),
                found: "not aligned to \(tensor.type.byteCount) bytes, and no aligned copy could be written",
                remedy: "\(error) Or rewrite the set with features import.")
        }
    }
}
