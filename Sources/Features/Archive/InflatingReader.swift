internal import CZlib

/// Reads the bytes of a deflated member of a zip archive from the first to the last.
///
/// No more than the member's size is ever inflated, and its checksum must hold at the end.
final class InflatingReader {
    /// Compressed bytes that are handed to zlib at once.
    private static let step = 1 << 20

    private let mapping: MappedFile
    private let member: ZipArchive.Member
    /// On the heap, since zlib keeps its address.
    private let stream: UnsafeMutablePointer<z_stream>
    private var position: Int
    private var missing: Int
    private var checksum: UInt = 0

    init(_ member: ZipArchive.Member, of archive: ZipArchive) throws(FeatureError) {
        mapping = archive.mapping
        self.member = member
        position = member.bytes.lowerBound
        missing = member.size
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // A negative window: the member has no zlib header, the archive has its checksum.
        guard inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw failure("zlib cannot start", "memory for its window of 32 KB")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Fills a buffer with the next bytes; with the last ones, checks that the stream ends there.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FeatureError) {
        guard buffer.count <= missing else {
            throw failure("\(missing) bytes are left", "\(buffer.count) more")
        }
        var filled = 0
        while filled < buffer.count {
            let part = UnsafeMutableRawBufferPointer(
                rebasing: buffer[filled..<min(buffer.count, filled + Self.step)])
            try inflateAll(into: part)
            checksum = crc32(checksum, part.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(part.count))
            filled += part.count
        }
        missing -= buffer.count
        if missing == 0 { try checkEnd() }
    }

    private func inflateAll(into part: UnsafeMutableRawBufferPointer) throws(FeatureError) {
        stream.pointee.next_out = part.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(part.count)
        while stream.pointee.avail_out > 0 {
            let status = inflateStep()
            guard status == Z_OK || (status == Z_STREAM_END && stream.pointee.avail_out == 0) else {
                throw failure(
                    "a stream that ends early or is damaged (zlib's status \(status))", "\(member.size) bytes")
            }
        }
    }

    private func inflateStep() -> Int32 {
        if stream.pointee.avail_in == 0 {
            mapping.release(member.bytes.lowerBound..<position)
            let count = min(Self.step, member.bytes.upperBound - position)
            let bytes = UnsafeMutableRawPointer(mutating: mapping.base + position)
            stream.pointee.next_in = bytes.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_in = UInt32(count)
            position += count
        }
        return inflate(stream, Z_NO_FLUSH)
    }

    private func checkEnd() throws(FeatureError) {
        var excess: UInt8 = 0
        let status = withUnsafeMutablePointer(to: &excess) { excess in
            stream.pointee.next_out = excess
            stream.pointee.avail_out = 1
            var status = inflateStep()
            while status == Z_OK && stream.pointee.avail_out == 1 { status = inflateStep() }
            return status
        }
        let isAtEnd = stream.pointee.avail_out == 1 && (status == Z_STREAM_END || status == Z_BUF_ERROR)
        guard isAtEnd else { throw failure("more bytes than the directory says", "\(member.size)") }
        guard checksum == UInt(member.checksum) else {
            throw failure("CRC-32 \(String(checksum, radix: 16))", String(member.checksum, radix: 16))
        }
    }

    private func failure(_ found: String, _ expected: String) -> FeatureError {
        FeatureError(
            file: mapping.path, field: "member \"\(member.name)\"", offset: position, found: found, expected: expected,
            remedy: "The archive is damaged: copy or save it again.")
    }
}

extension ZipArchive {
    /// Checks a stored member against its checksum.
    func verify(_ member: Member) throws(FeatureError) {
        var checksum: UInt = 0
        for start in stride(from: member.bytes.lowerBound, to: member.bytes.upperBound, by: 1 << 22) {
            let range = start..<min(start + 1 << 22, member.bytes.upperBound)
            let bytes = (mapping.base + start).assumingMemoryBound(to: UInt8.self)
            checksum = crc32(checksum, bytes, UInt32(range.count))
            mapping.release(range)
        }
        guard checksum == UInt(member.checksum) else {
            throw FeatureError(
                file: mapping.path, field: "member \"\(member.name)\"", offset: member.bytes.lowerBound,
                found: "CRC-32 \(String(checksum, radix: 16))", expected: String(member.checksum, radix: 16),
                remedy: "The archive is damaged: copy or save it again.")
        }
    }
}
