/// One layer's tokens in users' files: one array for all samples, or a file for each.
struct TokenSource {
    /// The file, or the pattern of several.
    let path: String
    let element: TokenArray.Element
    let isBigEndian: Bool
    let lengths: SampleLengths
    /// D.
    let width: Int
    /// Ids of the samples, where table or file names give them.
    let ids: [String]?
    private let content: Content

    private enum Content {
        case array(TokenArray)
        /// The first of the files stands for all.
        case files([String], TokenFile.Options, first: TokenArray)
    }

    /// The elements of consecutive samples, `[Σ tokens, D]`.
    struct Block {
        var samples: Range<Int>
        var elements: UnsafeRawBufferPointer
        /// The file that holds them, and the offset of the first where it is known.
        var file: String
        var offset: Int?
    }

    /// - Parameter path: a file, or a pattern such as `slides/*.h5` that names a file for each sample.
    static func open(_ path: String, _ options: TokenFile.Options) throws(FeatureError) -> TokenSource {
        guard FilePattern.isPattern(path) else { return try openArray(path, options) }
        return try openFiles(FilePattern(path), options)
    }

    /// Reads consecutive samples, in as many blocks as they have files.
    ///
    /// - Parameter samples: begin where those of the call before ended.
    func read(
        _ samples: Range<Int>, _ body: (Block) throws(FeatureError) -> Void
    ) throws(FeatureError) {
        switch content {
        case .array(let array):
            try read(samples, of: array, from: lengths.total(0..<samples.lowerBound), body)
        case .files(let files, let options, let first):
            for sample in samples {
                let array = try TokenFile.open(files[sample], options)
                guard try Self.lengthOfSample(array) == lengths[sample], array.isAlike(first) else {
                    throw FeatureError(
                        file: files[sample], field: "shape", found: "\(array.shape), another than at the start",
                        remedy: "Import again when nothing writes to the file.")
                }
                try read(sample..<sample + 1, of: array, from: 0, body)
            }
        }
    }

    private func read(
        _ samples: Range<Int>, of array: TokenArray, from row: Int, _ body: (Block) throws(FeatureError) -> Void
    ) throws(FeatureError) {
        try array.reader.withRows(row..<row + lengths.total(samples)) { (elements) throws(FeatureError) in
            try body(
                Block(
                    samples: samples, elements: elements, file: array.path,
                    offset: array.dataStart.map { $0 + row * array.rowBytes }))
        }
    }

    // MARK: One array for all samples

    private static func openArray(_ path: String, _ options: TokenFile.Options) throws(FeatureError) -> TokenSource {
        let array = try TokenFile.open(path, options)
        guard (2...3).contains(array.shape.count), array.shape.allSatisfy({ $0 > 0 }) else {
            throw FeatureError(
                file: path, field: "shape", found: "\(array.shape)",
                expected: "[n, T, D] or [n, D], none of them 0",
                remedy: "Save one array for each layer, samples first and width last.")
        }
        let lengths: SampleLengths =
            if let each = array.sampleLengths {
                .each(each)
            } else {
                .equal(tokens: array.shape.count == 3 ? array.shape[1] : 1, samples: array.shape[0])
            }
        return TokenSource(
            path: path, element: array.element, isBigEndian: array.isBigEndian, lengths: lengths, width: array.width,
            ids: array.ids, content: .array(array))
    }

    // MARK: A file for each sample

    private static func openFiles(_ pattern: FilePattern, _ options: TokenFile.Options) throws(FeatureError)
        -> TokenSource
    {
        let files = try pattern.files()
        let first = try TokenFile.open(files[0], options)
        let lengths = try files.map { (file) throws(FeatureError) in
            let array = try TokenFile.open(file, options)
            guard array.isAlike(first) else {
                throw FeatureError(
                    file: file, field: "shape and type", found: "width \(array.width), \(array.element)",
                    expected: "width \(first.width), \(first.element), as in \(files[0])",
                    remedy: "Give files of one model, saved in one type and byte order.")
            }
            return try lengthOfSample(array)
        }
        let isEqual = lengths.allSatisfy { $0 == lengths[0] }
        return TokenSource(
            path: pattern.text, element: first.element, isBigEndian: first.isBigEndian,
            lengths: isEqual ? .equal(tokens: lengths[0], samples: lengths.count) : .each(lengths),
            width: first.width, ids: try pattern.ids(of: files), content: .files(files, options, first: first))
    }

    /// Tokens of the one sample that a file holds: `[T, D]`, `[1, T, D]`, or `[D]` for a pooled one.
    private static func lengthOfSample(_ array: TokenArray) throws(FeatureError) -> Int {
        let shape = array.shape
        guard (1...3).contains(shape.count), shape.allSatisfy({ $0 > 0 }), shape.count < 3 || shape[0] == 1,
            array.sampleLengths == nil, array.ids == nil
        else {
            throw FeatureError(
                file: array.path, field: "shape", found: "\(shape)",
                expected: "one sample: [T, D], [1, T, D] or [D], none of them 0",
                remedy: "Give a file for each sample, or a single file without *, ? and [.")
        }
        return shape.dropLast().reduce(1, *)
    }
}
