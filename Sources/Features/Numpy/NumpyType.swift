/// Element types of .npy files that features and labels come in.
enum NumpyType: Sendable, Equatable {
    case bool
    case signed(bytes: Int)
    case unsigned(bytes: Int)
    case float(bytes: Int)
    /// Two opaque bytes, which is how bfloat16 arrays are saved.
    case void2

    /// Reads a `descr` such as `<f4`: byte order, kind, bytes. Nil for kinds that carry no plain numbers.
    static func parse(_ descr: String) -> (type: NumpyType, bigEndian: Bool)? {
        guard let order = descr.first, let bytes = Int(descr.dropFirst(2)), "<>|=".contains(order) else { return nil }
        let type: NumpyType? =
            switch (descr.dropFirst().first, bytes) {
            case ("b", 1): .bool
            case ("i", 1), ("i", 2), ("i", 4), ("i", 8): .signed(bytes: bytes)
            case ("u", 1), ("u", 2), ("u", 4), ("u", 8): .unsigned(bytes: bytes)
            case ("f", 2), ("f", 4), ("f", 8): .float(bytes: bytes)
            case ("V", 2): .void2
            default: nil
            }
        return type.map { ($0, order == ">") }
    }

    var byteCount: Int {
        switch self {
        case .bool: 1
        case .signed(let bytes), .unsigned(let bytes), .float(let bytes): bytes
        case .void2: 2
        }
    }
}
