/// Where the objects of a set's samples lie, on the grid of the patch tokens.
package struct SampleRegions: Sendable {
    /// What the set has.
    package enum Kind: String, Sendable, Codable {
        case boxes
        case masks
    }

    /// What share of each patch token's area belongs to the objects of one sample.
    package struct Region: Hashable, Sendable {
        /// `[T]`, row by row; one at least is above 0.
        package let shares: [Double]
        /// The only box; nil where there are several, and for masks, which do not say how many objects they show.
        package let box: ObjectBox?
    }

    package let kind: Kind
    /// Rows and columns of patch tokens.
    package let rows: Int
    package let columns: Int
    /// SHA-256 of the file.
    package let digest: String
    private let source: Source

    enum Source: Sendable {
        /// By sample.
        case boxes([Int: [ObjectBox]])
        /// `[n, T]`.
        case masks([Float])
    }

    init(_ source: Source, rows: Int, columns: Int, digest: String) {
        self.source = source
        self.rows = rows
        self.columns = columns
        self.digest = digest
        kind =
            switch source {
            case .boxes: .boxes
            case .masks: .masks
            }
    }

    /// T.
    package var tokens: Int { rows * columns }

    /// Nil where no object of the sample is known.
    package func region(ofSample sample: Int) -> Region? {
        let (shares, box): ([Double], ObjectBox?) =
            switch source {
            case .boxes(let boxes):
                (
                    boxes[sample]?.shares(rows: rows, columns: columns) ?? [],
                    boxes[sample]?.count == 1 ? boxes[sample]?.first : nil
                )
            case .masks(let masks):
                (masks[sample * tokens..<(sample + 1) * tokens].map(Double.init), nil)
            }
        return shares.contains { $0 > 0 } ? Region(shares: shares, box: box) : nil
    }
}

extension FeatureSet {
    /// Boxes or masks of the samples' objects; nil if the set has none.
    ///
    /// - Throws: `FeatureError` with line and field for a file that is not the one recorded, names other samples or has
    ///   boxes or shares out of range.
    package func regions() throws(FeatureError) -> SampleRegions? {
        guard let grid = manifest.layout.grid else { return nil }
        func regions(
            _ reference: FeatureSetManifest.FileReference, _ source: SampleRegions.Source
        ) -> SampleRegions {
            SampleRegions(source, rows: grid[0], columns: grid[1], digest: reference.sha256)
        }
        if let boxes = manifest.boxes {
            try verify(boxes)
            return regions(boxes, .boxes(try BoxFile.read("\(folder)/\(boxes.file)", ids: sampleIDs())))
        }
        guard let masks = manifest.masks else { return nil }
        try verify(masks)
        let path = "\(folder)/\(masks.file)"
        return regions(masks, .masks(try MaskFile.read(path, samples: manifest.samples, tokens: grid[0] * grid[1])))
    }
}
