/// A zip archive, memory-mapped: its directory is checked in full, and members are found by their names.
///
/// Read from the end, as the format asks: the end record (or the 64-bit one before it), then the directory that it
/// points at, then each member's own header, behind which its bytes lie.
final class ZipArchive {
    struct Member {
        enum Method: UInt16 {
            case stored = 0
            case deflated = 8
        }

        let name: String
        let method: Method
        /// CRC-32 of the bytes before compression, and how many they are.
        let checksum: UInt32
        let size: Int
        /// Where the member's bytes lie in the archive, compressed if they are.
        let bytes: Range<Int>
    }

    /// The largest ratio of a deflated stream: 258 bytes take two bits.
    private static let largestRatio = 1_032

    let mapping: MappedFile
    private(set) var names: [String] = []
    private var entries: [String: Entry] = [:]

    /// A line of the directory.
    private struct Entry {
        var flags: UInt16
        var method: UInt16
        var checksum: UInt32
        var packed: Int
        var size: Int
        var header: Int
    }

    private init(_ mapping: MappedFile) { self.mapping = mapping }

    /// - Throws: `FeatureError` for a directory that is damaged or repeats a name.
    static func open(_ path: String) throws(FeatureError) -> ZipArchive {
        let archive = ZipArchive(try MappedFile.open(path))
        try archive.readDirectory()
        return archive
    }

    /// - Throws: `FeatureError` if there is no such member, or it is compressed or encrypted in a way that is not read,
    ///   or claims sizes that it cannot have.
    func member(_ name: String) throws(FeatureError) -> Member {
        guard let entry = entries[name] else {
            throw FeatureError(
                file: mapping.path, field: "member \"\(name)\"", found: "missing",
                expected: "one of \(names.joined(separator: ", "))", remedy: "Correct the name.")
        }
        guard entry.flags & 1 == 0, let method = Member.Method(rawValue: entry.method) else {
            throw refuse(
                name, entry.header, entry.flags & 1 == 0 ? "compression method \(entry.method)" : "an encrypted member",
                "stored or deflated members", "Save the archive again with np.savez or np.savez_compressed.")
        }
        let start = try startOfBytes(name, entry)
        let limit = method == .stored ? entry.packed : entry.packed.multipliedReportingOverflow(by: Self.largestRatio).0
        guard entry.packed <= mapping.count - start, method == .stored ? entry.size == limit : entry.size <= limit
        else {
            throw refuse(
                name, start, "\(entry.size) bytes in \(entry.packed) of the \(mapping.count - start) that follow",
                "sizes that such a member can have", Self.damaged)
        }
        return Member(
            name: name, method: method, checksum: entry.checksum, size: entry.size, bytes: start..<start + entry.packed)
    }

    // MARK: Directory

    private static let damaged = "The archive is damaged or cut short: copy or save it again."

    private func readDirectory() throws(FeatureError) {
        let end = try endRecord()
        guard var place = number(at: end, 16, UInt32.self), let small = number(at: end, 10, UInt16.self) else {
            throw damage(end)
        }
        var count = small
        if let locator = number(at: end, -20, UInt32.self), locator == 0x0706_4B50,
            let wide = number(at: end, -12, UInt64.self),
            number(at: wide, 0, UInt32.self) == 0x0606_4B50, let entries = number(at: wide, 32, UInt64.self),
            let start = number(at: wide, 48, UInt64.self)
        {
            (count, place) = (entries, start)
        }
        // A line takes 46 bytes and its name, so that a count from a damaged file ends with the file.
        for _ in 0..<count { place = try readEntry(at: place) }
    }

    /// The end record lies behind everything else but for a comment of at most 65,535 bytes.
    private func endRecord() throws(FeatureError) -> Int {
        let last = mapping.count - 22
        for place in stride(from: last, through: max(0, last - 65_535), by: -1)
        where number(at: place, 0, UInt32.self) == 0x0605_4B50 { return place }
        throw FeatureError(
            file: mapping.path, offset: mapping.count, found: "a zip archive without its end",
            expected: "an end record in the last 65,557 bytes", remedy: Self.damaged)
    }

    /// Reads a line of the directory and returns where the next one begins.
    private func readEntry(at place: Int) throws(FeatureError) -> Int {
        guard number(at: place, 0, UInt32.self) == 0x0201_4B50, let flags = number(at: place, 8, UInt16.self),
            let method = number(at: place, 10, UInt16.self), let checksum = number(at: place, 16, UInt32.self),
            let packed = number(at: place, 20, UInt32.self), let size = number(at: place, 24, UInt32.self),
            let nameLength = number(at: place, 28, UInt16.self), let extraLength = number(at: place, 30, UInt16.self),
            let commentLength = number(at: place, 32, UInt16.self), let header = number(at: place, 42, UInt32.self),
            case let extra = place + 46 + nameLength, extra + extraLength + commentLength <= mapping.count
        else { throw damage(place) }
        var entry = Entry(
            flags: UInt16(flags), method: UInt16(method), checksum: UInt32(checksum), packed: packed, size: size,
            header: header)
        try widen(&entry, from: extra..<extra + extraLength)
        let name = String(decoding: mapping.bytes[place + 46..<extra], as: UTF8.self)
        guard entries.updateValue(entry, forKey: name) == nil else {
            throw refuse(name, place, "twice", "each member once", Self.damaged)
        }
        names.append(name)
        return extra + extraLength + commentLength
    }

    /// Numbers that do not fit 32 bits are all ones, and stand in an extra field with the tag 1.
    private func widen(_ entry: inout Entry, from extra: Range<Int>) throws(FeatureError) {
        let full = Int(UInt32.max)
        guard [entry.size, entry.packed, entry.header].contains(full) else { return }
        var field = extra.lowerBound
        while field + 4 <= extra.upperBound, let tag = number(at: field, 0, UInt16.self),
            let length = number(at: field, 2, UInt16.self)
        {
            var place = field + 4
            field = place + length
            guard tag == 1 else { continue }
            for part in [\Entry.size, \Entry.packed, \Entry.header] where entry[keyPath: part] == full {
                guard place + 8 <= min(field, extra.upperBound), let wide = number(at: place, 0, UInt64.self) else {
                    throw damage(place)
                }
                entry[keyPath: part] = wide
                place += 8
            }
            return
        }
        throw damage(extra.lowerBound)
    }

    private func startOfBytes(_ name: String, _ entry: Entry) throws(FeatureError) -> Int {
        guard number(at: entry.header, 0, UInt32.self) == 0x0403_4B50,
            let nameLength = number(at: entry.header, 26, UInt16.self),
            let extraLength = number(at: entry.header, 28, UInt16.self),
            case let start = entry.header + 30 + nameLength + extraLength, start <= mapping.count
        else { throw refuse(name, entry.header, "no header", "the header of the member", Self.damaged) }
        return start
    }

    /// A little-endian number, nil where it lies outside the file or exceeds Int.
    private func number<Bits: FixedWidthInteger & BitwiseCopyable>(
        at base: Int, _ offset: Int, _ type: Bits.Type
    ) -> Int? {
        let (place, overflow) = base.addingReportingOverflow(offset)
        guard !overflow, place >= 0, place <= mapping.count - MemoryLayout<Bits>.size else { return nil }
        return Int(exactly: Bits(littleEndian: mapping.bytes.loadUnaligned(fromByteOffset: place, as: type)))
    }

    // MARK: Errors

    private func damage(_ offset: Int) -> FeatureError {
        FeatureError(
            file: mapping.path, offset: offset, found: "no line of the archive's directory", remedy: Self.damaged)
    }

    private func refuse(
        _ member: String, _ offset: Int, _ found: String, _ expected: String, _ remedy: String
    ) -> FeatureError {
        FeatureError(
            file: mapping.path, field: "member \"\(member)\"", offset: offset, found: found, expected: expected,
            remedy: remedy)
    }
}
