/// A data set of floating-point numbers in an HDF5 file, read a few rows at a time.
///
/// What the file claims is checked before memory is taken for it: extents against the bytes that are stored, chunks
/// against a limit. Virtual data sets, parts in other files, links to other files and filters beside HDF5's own are
/// refused.
final class HDF5Dataset: RowReader {
    private typealias ID = HDF5Functions.ID

    private let path: String
    private let key: String
    private let library: HDF5Library
    private(set) var shape: [Int] = []
    private(set) var element = TokenArray.Element.float32
    private(set) var isBigEndian = false
    private var dataset: ID = -1
    /// The elements' type in the file: reading them as such, the library converts nothing.
    private var type: ID = -1
    /// What to close, the last first.
    private var owned: [(id: ID, close: HDF5Functions.Close)] = []

    /// - Parameter key: path of the data set in the file; nil for the usual one.
    init(path: String, key wanted: String?) throws(FeatureError) {
        self.path = path
        library = try HDF5Library.shared(for: path)
        key = try library.use { (api) throws(FeatureError) in try Self.chooseKey(wanted, in: path, api) }
        try library.use { (api) throws(FeatureError) in
            try open(api)
            try readType(api)
            try readShape(api)
            try checkStorage(api)
        }
    }

    deinit {
        // Closing what this object alone has opened cannot fail in a way that anybody could act on.
        try? library.use { (api) throws(FeatureError) in for (id, close) in owned.reversed() { _ = close(id) } }
    }

    func withRows(
        _ rows: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(FeatureError) -> Void
    ) throws(FeatureError) {
        let rowBytes = (shape.last ?? 1) * element.byteCount
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: rows.count * rowBytes, alignment: 64)
        defer { buffer.deallocate() }
        try library.use { (api) throws(FeatureError) in try read(rows, into: buffer, api) }
        try body(UnsafeRawBufferPointer(buffer))
    }

    private func read(
        _ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer, _ api: HDF5Functions
    ) throws(FeatureError) {
        // Rows of [n, T, D] are whole samples, those of a vector are all of it.
        let rowsPerFirst = shape.dropFirst().dropLast().reduce(1, *)
        var start = shape.map { _ in UInt64(0) }
        var count = shape.map(UInt64.init)
        if shape.count > 1 {
            start[0] = UInt64(rows.lowerBound / rowsPerFirst)
            count[0] = UInt64(rows.count / rowsPerFirst)
        }
        let space = try check(api.space(dataset), api)
        defer { _ = api.closeSpace(space) }
        let memory = try check(api.makeSpace(Int32(count.count), &count, nil), api)
        defer { _ = api.closeSpace(memory) }
        try check(api.select(space, 0, &start, nil, &count, nil), api)
        try check(api.read(dataset, type, memory, space, 0, buffer.baseAddress), api)
    }

    // MARK: Opening

    private static func chooseKey(
        _ wanted: String?, in path: String, _ api: HDF5Functions
    ) throws(FeatureError) -> String {
        if let wanted { return wanted }
        let file = api.openFile(path, 0, 0)
        guard file >= 0 else { throw unreadable(path, api) }
        defer { _ = api.closeFile(file) }
        let names = names(in: file, api)
        let choice = TokenFile.usualKeys.first(where: names.contains) ?? (names.count == 1 ? names[0] : nil)
        guard let choice else { throw missing(nil, in: path, among: names) }
        return choice
    }

    private static func unreadable(_ path: String, _ api: HDF5Functions) -> FeatureError {
        FeatureError(
            file: path, found: "cannot be opened as HDF5: \(api.lastError)",
            remedy: "Check that it is whole and that no program writes to it.")
    }

    private static func missing(_ key: String?, in path: String, among names: [String]) -> FeatureError {
        FeatureError(
            file: path, field: key.map { "data set \"\($0)\"" }, found: key == nil ? "several data sets" : "missing",
            expected: "one of \(names.joined(separator: ", "))", remedy: "Name the data set of features: \(path):NAME.")
    }

    /// What lies in the file's root group: the first twenty names.
    private static func names(in file: ID, _ api: HDF5Functions) -> [String] {
        var names: [String] = []
        var buffer = [CChar](repeating: 0, count: 256)
        while names.count < 20, api.linkName(file, "/", 0, 0, UInt64(names.count), &buffer, buffer.count, 0) > 0 {
            names.append(String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        return names
    }

    private func open(_ api: HDF5Functions) throws(FeatureError) {
        let file = api.openFile(path, 0, 0)
        guard file >= 0 else { throw Self.unreadable(path, api) }
        owned.append((file, api.closeFile))
        try checkLinks(file, api)
        let access = try accessList(file, api)
        defer { _ = api.closeList(access) }
        dataset = try check(api.openDataset(file, key, access), api)
        owned.append((dataset, api.closeDataset))
    }

    /// How the data set is to be opened: with a cache for all chunks that one row touches, or each would be inflated again
    /// for every row.
    private func accessList(_ file: ID, _ api: HDF5Functions) throws(FeatureError) -> ID {
        let opened = api.openDataset(file, key, 0)
        guard opened >= 0 else { throw refuse("no data set: \(api.lastError)", "a data set", "Name another one.") }
        defer { _ = api.closeDataset(opened) }
        let chunks = try chunks(of: opened, api)
        let cache = chunks.map { min($0.bytes, Self.largestCache) * max(1, $0.acrossRow) } ?? 0
        let access = try check(api.access(opened), api)
        _ = api.setChunkCache(access, 10_007, min(max(cache, 1 << 20), Self.largestCache), 0.75)
        return access
    }

    /// Every part of the key must be a link inside the file.
    private func checkLinks(_ file: ID, _ api: HDF5Functions) throws(FeatureError) {
        var place = ""
        for part in key.split(separator: "/") {
            place += "/\(part)"
            guard api.linkExists(file, place, 0) > 0 else {
                throw Self.missing(key, in: path, among: Self.names(in: file, api))
            }
            let info = UnsafeMutableRawBufferPointer.allocate(byteCount: 128, alignment: 8)
            defer { info.deallocate() }
            guard let start = info.baseAddress, api.linkInfo(file, place, start, 0) >= 0 else {
                throw refuse(api.lastError, "a link", Self.damaged)
            }
            if start.load(as: Int32.self) == HDF5Functions.externalLink {
                throw refuse(
                    "a link to another file", "a data set of this file", "Give the file that the link points to.")
            }
        }
    }

    // MARK: Checks

    private static let damaged = "The file is damaged: copy or write it again."
    /// Bytes of the largest chunk that is read, which is inflated as a whole.
    private static let largestChunk = 1 << 30
    private static let largestCache = 1 << 28
    /// The largest ratio of a deflated stream: 258 bytes take two bits.
    private static let largestRatio = 1_032

    private func readType(_ api: HDF5Functions) throws(FeatureError) {
        type = try check(api.type(dataset), api)
        owned.append((type, api.closeType))
        let (kind, size) = (api.typeClass(type), api.typeSize(type))
        guard kind == HDF5Functions.floatClass else {
            let isTwoBytes = kind == HDF5Functions.integerClass && size == 2
            throw refuse(
                kind == HDF5Functions.integerClass ? "integers of \(size) bytes" : "elements that are no numbers",
                "a floating-point type",
                isTwoBytes
                    ? "If the integers are bits of bfloat16, HDF5 does not say so: store them as float32 or float16."
                    : "Name the data set of features: \(path):NAME.")
        }
        var fields = [Int](repeating: 0, count: 5)
        try fields.withUnsafeMutableBufferPointer { fields throws(FeatureError) in
            guard let start = fields.baseAddress else { return }
            try check(api.typeFields(type, start, start + 1, start + 2, start + 3, start + 4), api)
        }
        let form = [size, api.typePrecision(type), api.typeBias(type)] + fields
        isBigEndian = api.typeOrder(type) == 1
        switch form {
        case [2, 16, 15, 15, 10, 5, 0, 10]: element = .float16
        case [2, 16, 127, 15, 7, 8, 0, 7]: element = .bfloat16
        case [4, 32, 127, 31, 23, 8, 0, 23]: element = .float32
        case [8, 64, 1_023, 63, 52, 11, 0, 52]: element = .float64
        default:
            throw refuse(
                "floating-point numbers of \(size) bytes", "float16, bfloat16, float32 or float64",
                "Store the features in one of these.")
        }
    }

    private func readShape(_ api: HDF5Functions) throws(FeatureError) {
        let space = try check(api.space(dataset), api)
        defer { _ = api.closeSpace(space) }
        let rank = api.dimensions(space)
        guard (1...3).contains(rank) else {
            throw refuse("\(rank) axes", "[n, T, D], [n, D], or one sample [T, D] or [D]", "Store it so.")
        }
        var extents = [UInt64](repeating: 0, count: Int(rank))
        try check(api.extents(space, &extents, nil), api)
        var bytes = element.byteCount
        for extent in extents.sorted() {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: Int(clamping: extent))
            guard !overflow, extent <= UInt64(Int.max) else {
                throw refuse("extents \(extents)", "extents that can be addressed", Self.damaged)
            }
            bytes = product
        }
        shape = extents.map { Int($0) }
        try TokenFile.checkExtents(shape, of: path)
    }

    private func checkStorage(_ api: HDF5Functions) throws(FeatureError) {
        let list = try check(api.creation(dataset), api)
        defer { _ = api.closeList(list) }
        guard api.layout(list) != HDF5Functions.virtualLayout, api.externalFiles(list) <= 0 else {
            throw refuse(
                "elements in other files", "a data set that lies in this file", "Copy it into one file (h5repack).")
        }
        try checkFilters(list, api)
        let declared = shape.reduce(element.byteCount, *)
        let stored = Int(clamping: api.storedBytes(dataset))
        guard let chunks = try chunks(of: dataset, api) else {
            guard stored == declared else {
                throw refuse("\(stored) stored bytes for shape \(shape)", "\(declared)", "Write all of the data set.")
            }
            return
        }
        guard chunks.bytes <= Self.largestChunk else {
            throw refuse(
                "chunks of \(chunks.bytes) bytes", "at most \(Self.largestChunk)",
                "Store it in smaller chunks (h5repack).")
        }
        guard chunks.stored == chunks.expected else {
            throw refuse(
                "\(chunks.stored) stored chunks", "\(chunks.expected) for shape \(shape)",
                "Write all of the data set: what is missing would be read as zeros.")
        }
        guard declared / Self.largestRatio <= stored else {
            throw refuse("\(declared) bytes in \(stored)", "no more than such a file can hold", Self.damaged)
        }
    }

    private struct Chunks {
        var bytes: Int
        var stored: Int
        var expected: Int
        /// Chunks that the elements with one first index touch.
        var acrossRow: Int
    }

    /// Nil for a data set that is stored in one piece.
    private func chunks(of dataset: ID, _ api: HDF5Functions) throws(FeatureError) -> Chunks? {
        let list = try check(api.creation(dataset), api)
        defer { _ = api.closeList(list) }
        guard api.layout(list) == HDF5Functions.chunkedLayout else { return nil }
        let space = try check(api.space(dataset), api)
        defer { _ = api.closeSpace(space) }
        let rank = max(0, Int(api.dimensions(space)))
        var extents = [UInt64](repeating: 0, count: rank)
        var chunk = [UInt64](repeating: 0, count: rank)
        try check(api.extents(space, &extents, nil), api)
        try check(api.chunk(list, Int32(rank), &chunk), api)
        var stored: UInt64 = 0
        try check(api.storedChunks(dataset, space, &stored), api)
        let counts = zip(extents, chunk).map { extent, chunk in
            chunk == 0 ? 0 : Int(clamping: extent / chunk + (extent % chunk == 0 ? 0 : 1))
        }
        func product(_ numbers: some Sequence<Int>) -> Int {
            numbers.reduce(1) { product, number in
                let (result, overflow) = product.multipliedReportingOverflow(by: number)
                return overflow ? Int.max : result
            }
        }
        // The largest element has 8 bytes; the product is compared with limits far from Int.max.
        return Chunks(
            bytes: product(chunk.map { Int(clamping: $0) } + [8]), stored: Int(clamping: stored),
            expected: product(counts), acrossRow: min(product(counts.dropFirst()), 1 << 20))
    }

    /// The filters that come with HDF5 and lose nothing: deflate, shuffle, Fletcher's checksum, szip.
    private func checkFilters(_ list: ID, _ api: HDF5Functions) throws(FeatureError) {
        for index in 0..<UInt32(max(0, api.filters(list))) {
            var values = 0
            let filter = api.filter(list, index, nil, &values, nil, 0, nil, nil)
            guard (1...4).contains(filter), api.filterIsAvailable(filter) > 0 else {
                throw refuse(
                    "the filter \(filter)",
                    "deflate (1), shuffle (2), a checksum (3), or szip (4) where it is built in",
                    "Store it with one of these: h5repack -f GZIP=4 \(path) NEW.h5.")
            }
        }
    }

    // MARK: Errors

    @discardableResult
    private func check<Status: SignedInteger>(_ status: Status, _ api: HDF5Functions) throws(FeatureError) -> Status {
        guard status >= 0 else { throw refuse(api.lastError, "a data set that can be read", Self.damaged) }
        return status
    }

    private func refuse(_ found: String, _ expected: String, _ remedy: String) -> FeatureError {
        FeatureError(
            file: path, field: "data set \"\(key)\"", found: found, expected: expected, remedy: remedy)
    }
}

extension TokenFile {
    static func openHDF5(_ path: String, _ options: Options) throws(FeatureError) -> TokenArray {
        if let process = options.hdf5 { return try process.open(path, key: options.key) }
        let dataset = try HDF5Dataset(path: path, key: options.key)
        return TokenArray(
            path: path, element: dataset.element, isBigEndian: dataset.isBigEndian, shape: dataset.shape,
            reader: dataset)
    }
}
