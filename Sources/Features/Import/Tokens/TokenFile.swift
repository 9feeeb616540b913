import Foundation

/// Opens users' files of tokens, whichever format they are in.
enum TokenFile {
    struct Options {
        /// The array to read: tensor of safetensors, array of .npz, data set of HDF5, columns of a table. Nil for the
        /// usual one.
        var key: String?
        /// Whether two-byte void elements of NumPy arrays are bfloat16, which NumPy cannot say.
        var readsVoidAsBFloat16 = false
        /// The process that HDF5 files are read in; nil for this one.
        var hdf5: HDF5Process?
    }

    /// Opens a file by what it holds: its first bytes, or, for tables of text, the end of its name.
    static func open(_ path: String, _ options: Options) throws(FeatureError) -> TokenArray {
        switch try FileFormat.recognise(path) {
        case .numpy: try openNumpy(path, options)
        case .safetensors: try openSafetensors(path, options)
        case .zip: try openArchive(path, options)
        case .hdf5: try openHDF5(path, options)
        case .table(let separator): try openTable(path, separator: separator, options)
        case .foreign(let format): throw format.refusal(of: path, key: options.key)
        case .folder:
            throw FeatureError(
                file: path, found: "a folder", expected: "a file, or a pattern of files",
                remedy: "Give a pattern, one file a sample: '\(path)/*.npy'.")
        }
    }

    /// Extents of 0 leave nothing to read, and the others may then be of any size.
    static func checkExtents(_ shape: [Int], of path: String) throws(FeatureError) {
        guard !shape.contains(0) else {
            throw FeatureError(
                file: path, field: "shape", found: "\(shape)", expected: "extents that are not 0",
                remedy: "Save the features again, or leave the file out.")
        }
    }

    /// Where a key follows a file's name behind a colon: `slides/*.h5:features`.
    static func split(_ argument: String) -> (file: String, key: String?) {
        let ends = keyedExtensions.compactMap { argument.range(of: "\($0):")?.upperBound }
        guard let end = ends.min() else { return (argument, nil) }
        return (String(argument[..<argument.index(before: end)]), String(argument[end...]))
    }

    /// What files of several arrays usually call the features.
    static let usualKeys = ["tokens", "features"]

    private static let keyedExtensions = [".h5", ".hdf5", ".npz", ".safetensors", ".csv", ".tsv"]
}
