/// A unit key's 32 bytes, stored inline: a million of them are 32 MB.
public struct UnitDigest: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The bytes, eight to a word, most significant first.
    public let words: (UInt64, UInt64, UInt64, UInt64)

    public init(words first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
        words = (first, second, third, fourth)
    }

    /// Nil unless there are exactly 32 bytes.
    public init?(bytes: some Sequence<UInt8>) {
        var words: [4 of UInt64] = [0, 0, 0, 0]
        var count = 0
        for byte in bytes {
            guard count < 32 else { return nil }
            words[count / 8] = words[count / 8] << 8 | UInt64(byte)
            count += 1
        }
        guard count == 32 else { return nil }
        self.init(words: words[0], words[1], words[2], words[3])
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for word in [words.0, words.1, words.2, words.3] {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        return bytes
    }

    public static func == (first: UnitDigest, second: UnitDigest) -> Bool { first.words == second.words }

    public static func < (first: UnitDigest, second: UnitDigest) -> Bool { first.words < second.words }

    /// The bytes come from SHA-256, so any eight of them are already a good hash.
    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

    /// 64 hexadecimal digits.
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// Names the units that one reading of one layer's tokens can train together; opaque here.
public struct PassID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }
}

/// Names units whose predictions are off by the same factor; opaque here.
public struct CostKind: Hashable, Sendable, Codable, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }

    /// For units without a stated kind.
    public static let unknown = CostKind("")
}

/// Names a sweep; opaque here.
public struct SweepID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }
}

/// One process of a worker: 16 random bytes that it drew at its start. It is a worker's identity, the same for as long
/// as the process lives, over any number of connections.
public struct WorkerID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The bytes, eight to a word, most significant first.
    public let words: (UInt64, UInt64)

    public init(words first: UInt64, _ second: UInt64) { words = (first, second) }

    /// Nil unless there are exactly 16 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        let first = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let second = bytes.dropFirst(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        self.init(words: first, second)
    }

    public var bytes: [UInt8] {
        [words.0, words.1].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    public static func == (first: WorkerID, second: WorkerID) -> Bool { first.words == second.words }

    public static func < (first: WorkerID, second: WorkerID) -> Bool { first.words < second.words }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }

    /// 32 hexadecimal digits.
    public var description: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}

/// A worker's current connection. A reconnection has another address.
public struct Address: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let number: UInt64

    public init(number: UInt64) { self.number = number }

    public static func < (first: Address, second: Address) -> Bool { first.number < second.number }

    /// Hexadecimal digits.
    public var description: String { String(number, radix: 16) }
}

/// The process that a lease was issued to, with the name and key that identify a process that replaces it.
public struct LeaseHolder: Hashable, Sendable, Codable {
    public var id: WorkerID
    public var name: String
    /// The public key that its connection proved to hold; empty on endpoints without keys.
    public var key: String

    public init(id: WorkerID, name: String, key: String) {
        self.id = id
        self.name = name
        self.key = key
    }

    /// Whether this process may report what the other finished: the same process, or a later one of its name and key,
    /// which finds the other's results in the outbox on disk.
    public func mayReport(for other: LeaseHolder) -> Bool { id == other.id || name == other.name && key == other.key }
}

/// The number of a lease, a fencing token. Attempts only grow, across restarts of the coordinator too, because its
/// incarnation leads.
public struct Attempt: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public let number: UInt64

    public init(number: UInt64) { self.number = number }

    public init(incarnation: UInt32, counter: UInt32) {
        number = UInt64(incarnation) << 32 | UInt64(counter)
    }

    /// The incarnation of the coordinator that issued it, from 1.
    public var incarnation: UInt32 { UInt32(truncatingIfNeeded: number >> 32) }
    /// Its place among the leases of that incarnation, from 1.
    public var counter: UInt32 { UInt32(truncatingIfNeeded: number) }

    public static func < (first: Attempt, second: Attempt) -> Bool { first.number < second.number }
    public var description: String { "\(incarnation).\(counter)" }
}

/// Numbers the rows that one directive asks to commit together.
public struct CommitID: Hashable, Sendable, Comparable, Codable {
    public let number: UInt64
    public init(number: UInt64) { self.number = number }
    public static func < (first: CommitID, second: CommitID) -> Bool { first.number < second.number }
}
