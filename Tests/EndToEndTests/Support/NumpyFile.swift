import Foundation

/// Writes .npy files as NumPy does, for tests of what users bring.
enum NumpyFile {
    static func write(shape: [Int], to file: URL, element: (Int) -> Float) throws {
        let dimensions = shape.map(String.init).joined(separator: ", ")
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(dimensions)), }"
        header += String(repeating: " ", count: 117 - header.count) + "\n"
        var bytes = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0]) + Data(header.utf8)
        for index in 0..<shape.reduce(1, *) {
            withUnsafeBytes(of: element(index).bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        try bytes.write(to: file)
    }
}
