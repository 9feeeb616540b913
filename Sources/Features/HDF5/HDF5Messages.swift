import Foundation
import Glibc

/// What an import asks of the process that reads HDF5 files for it.
enum HDF5Request: Codable {
    case open(path: String, key: String?)
    case rows(dataset: Int, first: Int, end: Int)
    /// Has no reply.
    case close(dataset: Int)
}

/// What that process answers.
enum HDF5Reply: Codable {
    case opened(dataset: Int, shape: [Int], element: TokenArray.Element, isBigEndian: Bool)
    /// The elements follow as they are.
    case elements(bytes: Int)
    case failed(FeatureError)
}

/// Messages between the two over a socket: the length in 8 bytes, then JSON.
struct HDF5Channel {
    let socket: Int32

    /// False if the other side is gone.
    func send(_ message: some Encodable) -> Bool {
        guard let body = try? JSONEncoder().encode(message) else { return false }
        return withUnsafeBytes(of: UInt64(body.count).littleEndian, send) && body.withUnsafeBytes(send)
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            // A side that is gone is a result here, not a signal that ends the process.
            let written = Glibc.send(
                socket, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return false }
            rest = rest.dropFirst(written)
        }
        return true
    }

    /// Nil if the other side is gone.
    func receive<Message: Decodable>() -> Message? {
        var length: UInt64 = 0
        guard withUnsafeMutableBytes(of: &length, receive), length < Self.longest else { return nil }
        var body = [UInt8](repeating: 0, count: Int(UInt64(littleEndian: length)))
        guard body.withUnsafeMutableBytes(receive) else { return nil }
        return try? JSONDecoder().decode(Message.self, from: Data(body))
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        var filled = 0
        while filled < buffer.count {
            let count = read(socket, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            filled += count
        }
        return true
    }

    /// Bytes of a message: paths, names and numbers.
    private static let longest = 1 << 20
}
