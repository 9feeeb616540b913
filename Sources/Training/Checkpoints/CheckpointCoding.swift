import Digests

extension UnitCheckpoint {
    /// The bytes of a checkpoint: the fence, the fields in the order of their declaration, and SHA-256 of all these.
    /// Numbers are little-endian, 8 bytes each except the elements of tensors; texts and lists follow their count.
    func encoded(behind fence: CheckpointFence) -> [UInt8] {
        var writer = CheckpointWriter(capacity: 4 * elements + 1024)
        writer.write(fence.text)
        writer.write(stage.rawValue)
        writer.write(epochs)
        writer.write(seconds)
        writer.write(trainingHeads.count)
        for trainingHead in trainingHeads {
            writer.write(trainingHead.steps)
            writer.write(trainingHead.hasFailed ? 1 : 0)
            writer.write(trainingHead.head)
            writer.write(trainingHead.moments)
        }
        writer.write(selection.added.count)
        for rate in selection.added { writer.write(rate) }
        writer.write(selection.records.count)
        for record in selection.records { writer.write(record) }
        writer.write(selection.candidate ?? -1)
        writer.write(selection.epochs)
        writer.write(selection.best)
        return writer.sealed()
    }

    /// Nil for bytes that are damaged, truncated, or of another unit, program version or kernel path.
    init?(_ bytes: [UInt8], behind fence: CheckpointFence) {
        let content = bytes.dropLast(SHA256.Digest.byteCount)
        guard bytes.count > SHA256.Digest.byteCount,
            SHA256.hash(content).bytes[...] == bytes.suffix(SHA256.Digest.byteCount)
        else { return nil }
        var reader = CheckpointReader(content)
        do {
            guard try reader.text() == fence.text, let stage = Stage(rawValue: try reader.integer()) else { return nil }
            self.stage = stage
            epochs = try reader.integer()
            seconds = try reader.number()
            trainingHeads = []
            for _ in 0..<(try reader.count(ofAtLeast: 8)) {
                trainingHeads.append(
                    TrainingHeadCheckpoint(
                        steps: try reader.integer(), hasFailed: try reader.integer() == 1, head: try reader.head(),
                        moments: try reader.elements()))
            }
            var added: [Double] = []
            for _ in 0..<(try reader.count(ofAtLeast: 8)) { added.append(try reader.number()) }
            var records: [UnitSelection.Record?] = []
            for _ in 0..<(try reader.count(ofAtLeast: 8)) { records.append(try reader.record()) }
            let candidate = try reader.integer()
            selection = SelectionCheckpoint(
                added: added, records: records, candidate: candidate < 0 ? nil : candidate,
                epochs: try reader.integer(), best: try reader.head())
        } catch {
            return nil
        }
    }

    private var elements: Int {
        let losses = selection.records.reduce(0) {
            $0 + ($1?.score.rowLosses?.count ?? 0) + ($1?.earlier?.count ?? 0)
        }
        return trainingHeads.reduce(selection.best.elements + losses) { $0 + $1.head.elements + $1.moments.count }
    }
}

extension HeadCheckpoint {
    fileprivate var elements: Int { parameters.count + buffers.count }
}

private struct CheckpointWriter {
    private var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    /// The written bytes, followed by their digest.
    consuming func sealed() -> [UInt8] {
        bytes.append(contentsOf: SHA256.hash(bytes).bytes)
        return bytes
    }

    mutating func write(_ value: Int) {
        withUnsafeBytes(of: UInt64(bitPattern: Int64(value)).littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(_ value: Double) { write(Int(Int64(bitPattern: value.bitPattern))) }

    mutating func write(_ text: String) {
        write(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func write(_ head: HeadCheckpoint) {
        write(head.parameters)
        write(head.buffers)
    }

    mutating func write(_ record: UnitSelection.Record?) {
        write(record == nil ? 0 : 1)
        guard let record else { return }
        write(record.score.metric ?? .nan)
        write(optional: record.score.rowLosses)
        write(record.epochs)
        write(optional: record.earlier)
    }

    private mutating func write(optional elements: [Float]?) {
        write(elements == nil ? 0 : 1)
        if let elements { write(elements) }
    }

    mutating func write(_ elements: [Float]) {
        write(elements.count)
        elements.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
}

private struct CheckpointReader {
    struct EndReached: Error {}

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func integer() throws(EndReached) -> Int {
        Int(Int64(bitPattern: try take(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }))
    }

    mutating func number() throws(EndReached) -> Double {
        Double(bitPattern: UInt64(bitPattern: Int64(try integer())))
    }

    mutating func text() throws(EndReached) -> String {
        String(decoding: try take(try count(ofAtLeast: 1)), as: UTF8.self)
    }

    mutating func head() throws(EndReached) -> HeadCheckpoint {
        HeadCheckpoint(parameters: try elements(), buffers: try elements())
    }

    mutating func record() throws(EndReached) -> UnitSelection.Record? {
        guard try integer() == 1 else { return nil }
        let metric = try number()
        let rowLosses = try optionalElements()
        return UnitSelection.Record(
            score: InnerScore(rowLosses: rowLosses, metric: metric.isNaN ? nil : metric), epochs: try integer(),
            earlier: try optionalElements())
    }

    private mutating func optionalElements() throws(EndReached) -> [Float]? {
        try integer() == 1 ? try elements() : nil
    }

    mutating func elements() throws(EndReached) -> [Float] {
        let count = try count(ofAtLeast: MemoryLayout<Float>.size)
        let bytes = try take(count * MemoryLayout<Float>.size)
        return [Float](unsafeUninitializedCapacity: count) { elements, initialized in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(elements).copyMemory(from: $0) }
            initialized = count
        }
    }

    /// The count of a list with items of this size, which must fit into the remaining bytes.
    mutating func count(ofAtLeast size: Int) throws(EndReached) -> Int {
        let count = try integer()
        guard count >= 0, count <= rest.count / size else { throw EndReached() }
        return count
    }

    private mutating func take(_ count: Int) throws(EndReached) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw EndReached() }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
