/// A .npy file, memory-mapped: one array of numbers, read in place.
struct NumpyFile: Sendable {
    let header: NumpyHeader
    let mapping: MappedFile

    var path: String { mapping.path }
    var type: NumpyType { header.type }
    var isBigEndian: Bool { header.isBigEndian }
    var shape: [Int] { header.shape }
    /// Where the elements begin.
    var dataStart: Int { header.dataStart }
    /// The elements in the file's layout: valid as long as this value, aligned only as the file is.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: mapping.bytes[dataStart...]) }

    /// Maps a file and checks its header and length; no element is read.
    ///
    /// - Parameter inAnyOrder: whether the first axis may be the one that varies fastest.
    static func open(_ path: String, inAnyOrder: Bool = false) throws(FeatureError) -> NumpyFile {
        let mapping = try MappedFile.open(path)
        let header = try NumpyHeader.read(mapping.bytes, of: mapping.count, file: path)
        guard inAnyOrder || !header.isFortranOrder else {
            throw FeatureError(
                file: path, field: "fortran_order", found: "True", expected: "C order",
                remedy: "Save a copy in C order: np.save(file, np.ascontiguousarray(array)).")
        }
        return NumpyFile(header: header, mapping: mapping)
    }
}
