import Foundation
import Glibc

/// What a file of features is, by its first bytes.
enum FileFormat: Equatable {
    case numpy, safetensors, zip, hdf5, folder
    case table(separator: UInt8)
    case foreign(Foreign)

    /// Formats that the Python package converts.
    enum Foreign: String {
        case pickle = "a pickle, as PyTorch and Python write them"
        case pytorch = "a PyTorch file"
        case parquet = "a Parquet file"
        case arrow = "an Arrow file"
        case zarr = "a Zarr store"
        case lmdb = "an LMDB database"

        /// - Parameter key: the array that was asked for.
        func refusal(of path: String, key: String?) -> FeatureError {
            FeatureError(
                file: path, found: rawValue, expected: ".npy, .npz, safetensors, .h5, or a .csv or .tsv table",
                remedy: "Convert it with the Python package: probesweep-extract convert \(path) SET --key "
                    + "\(key ?? "KEY").")
        }
    }

    static func recognise(_ path: String) throws(FeatureError) -> FileFormat {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            return ofFolder(path)
        }
        let file = try MappedFile.open(path)
        return withExtendedLifetime(file) { of(file.bytes, name: path) }
    }

    private static func ofFolder(_ path: String) -> FileFormat {
        func has(_ name: String) -> Bool { access("\(path)/\(name)", F_OK) == 0 }
        if [".zgroup", ".zarray", "zarr.json"].contains(where: has) { return .foreign(.zarr) }
        if has("data.mdb") { return .foreign(.lmdb) }
        // What the library `datasets` saves.
        return has("dataset_info.json") ? .foreign(.arrow) : .folder
    }

    private static func of(_ bytes: UnsafeRawBufferPointer, name: String) -> FileFormat {
        if bytes.starts(with: [0x93] + Array("NUMPY".utf8)) { return .numpy }
        if isSafetensors(bytes) { return .safetensors }
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4B, 0x05, 0x06]) {
            return .zip
        }
        if isHDF5(bytes) { return .hdf5 }
        if let foreign = foreign(bytes) { return .foreign(foreign) }
        switch name.lowercased() {
        case let name where name.hasSuffix(".csv"): return .table(separator: UInt8(ascii: ","))
        case let name where name.hasSuffix(".tsv"): return .table(separator: UInt8(ascii: "\t"))
        case let name where name.hasSuffix(".safetensors"): return .safetensors
        case let name where name.hasSuffix(".npz"): return .zip
        case let name where name.hasSuffix(".h5") || name.hasSuffix(".hdf5"): return .hdf5
        default: return .numpy
        }
    }

    private static func isSafetensors(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        return length <= UInt64(SafetensorsFile.maximumHeaderLength)
    }

    /// The signature is at byte 0, or behind a block of the user's own of 512 bytes or a power of two times that.
    private static func isHDF5(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
        return ([0] + (9...16).map { 1 << $0 }).contains { start in
            bytes.count >= start + signature.count && bytes[start...].starts(with: signature)
        }
    }

    private static func foreign(_ bytes: UnsafeRawBufferPointer) -> Foreign? {
        if bytes.starts(with: "PAR1".utf8) { return .parquet }
        // A file of its own, or a stream of messages, which begins with a mark and the length of the first.
        if bytes.starts(with: "ARROW1".utf8) || bytes.starts(with: [0xFF, 0xFF, 0xFF, 0xFF]) { return .arrow }
        // A pickle says which protocol it is in; the first that does is 2.
        if bytes.count > 2, bytes[0] == 0x80, (2...5).contains(bytes[1]) { return .pickle }
        let lmdb: UInt32 = 0xBEEF_C0DE
        if bytes.count >= 20, UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)) == lmdb {
            return .lmdb
        }
        return nil
    }
}
