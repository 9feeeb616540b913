/// Imports users' feature files into a new feature set, or into an existing one as further layers and tasks.
///
/// Streams: only a few megabytes of a layer are in memory at a time.
package struct FeatureImport: Sendable {
    /// One file and the layer that it becomes.
    package struct LayerInput: Sendable, Equatable {
        package var index: Int
        package var name: String
        package var file: String

        package init(index: Int, name: String? = nil, file: String) {
            self.index = index
            self.name = name ?? "layer \(index)"
            self.file = file
        }
    }

    /// The folder of the set, which is created unless it exists.
    package var folder: String
    /// Name of a new set.
    package var name: String?
    /// Backbone of a new set.
    package var backbone: FeatureSetManifest.Backbone?
    package var layers: [LayerInput] = []
    /// Which tensor of safetensors files holds the features.
    package var tensor: String?
    /// Which token of a sample is the class token; negative counts from the end.
    package var classToken: Int?
    /// Register tokens after the class token.
    package var registers = 0
    /// Rows and columns of the patch tokens.
    package var grid: [Int]?
    /// Stored type; by default the source's own, single for double precision.
    package var dtype: ElementType?
    /// Whether two-byte void elements of .npy files are bfloat16.
    package var readsVoidAsBFloat16 = false
    package var finalNorm = false
    /// Samples in a shard; nil for about half a gigabyte.
    package var shardSamples: Int?
    /// Labels (.npy or .csv), and the name and metric of the task that they make.
    package var labels: String?
    package var task: String?
    /// Nil to infer it from the labels.
    package var kind: FeatureTask.Kind?
    package var metric: String?
    /// Separate columns (.npy or text): ids of the samples, groups and split of the task.
    package var ids: String?
    package var groups: String?
    package var split: String?

    package init(folder: String) { self.folder = folder }

    /// Imports everything and returns the complete set.
    ///
    /// - Throws: `FeatureError` before anything is written if the files disagree, and later for NaN and infinities.
    package func run() throws(FeatureError) -> FeatureSet {
        let sources = try layers.map { (layer) throws(FeatureError) in
            try TokenSource.open(layer.file, tensor: tensor, readsVoidAsBFloat16: readsVoidAsBFloat16)
        }
        let existing = FeatureSet.exists(in: folder) ? try FeatureSet.open(folder) : nil
        let samples = try sampleCount(sources, existing)
        for source in sources { try check(source) }
        let table = try labelTable()
        let newIDs = existing == nil ? try idColumn() ?? table?.ids : nil
        let sampleIDs = existing?.manifest.ids == nil ? newIDs : try existing?.sampleIDs()
        let imported = try table?.task(
            name: task ?? "labels", kind: kind, metric: metric, samples: samples, sampleIDs: sampleIDs)

        let writer = if let existing { try extend(existing) } else { try create(samples: samples) }
        for (layer, source) in zip(layers, sources) { try write(layer, source, with: writer) }
        if let newIDs { try writer.writeIDs(newIDs) }
        if let imported { try writer.writeTask(imported) }
        return try writer.finish()
    }

    // MARK: Checks before anything is written

    private func sampleCount(_ sources: [TokenSource], _ existing: FeatureSet?) throws(FeatureError) -> Int {
        guard let samples = existing?.manifest.samples ?? sources.first?.lengths.samples else {
            throw FeatureError(
                file: folder, found: "no feature set, and no layer to create one from", expected: "at least one layer",
                remedy: "Give a features file: --layer 0=features.npy.")
        }
        for source in sources where source.lengths.samples != samples {
            throw FeatureError(
                file: source.path, field: "shape", found: "\(source.lengths.samples) samples",
                expected: "\(samples), as in the other layers",
                remedy: "Give layers with the same samples in the same order.")
        }
        return samples
    }

    private func check(_ source: TokenSource) throws(FeatureError) {
        let prefix = registers + (classToken == nil ? 0 : 1)
        for sample in 0..<source.lengths.samples where source.lengths[sample] <= prefix {
            throw FeatureError(
                file: source.path, field: "sample \(sample)", found: "\(source.lengths[sample]) tokens",
                expected: "class token and registers (\(prefix)) and at least one patch token",
                remedy: "Correct --class-token and --registers; import a class token alone as [n, D] without either.")
        }
        if let dtype, dtype.tokenType == nil {
            throw FeatureError(
                file: source.path, field: "dtype", found: dtype.rawValue, expected: "BF16, F16 or F32",
                remedy: "Choose one of these with --dtype.")
        }
    }

    private func labelTable() throws(FeatureError) -> LabelTable? {
        guard let labels else {
            if let column = groups ?? split {
                throw FeatureError(
                    file: column, found: "groups or a split without labels", expected: "labels",
                    remedy: "Give the labels of the task as well: --labels.")
            }
            return nil
        }
        var table = try LabelTable.read(labels)
        if let groups { table.groups = LabelTable.numbered(try LabelTable.readColumn(groups)) }
        if let split { table.split = try LabelTable.sides(LabelTable.readColumn(split), path: split) }
        return table
    }

    private func idColumn() throws(FeatureError) -> [String]? {
        guard let ids else { return nil }
        return try LabelTable.readColumn(ids)
    }

    // MARK: Writing

    private var layout: FeatureSetManifest.TokenLayout {
        .init(classToken: classToken != nil, registers: registers, grid: grid)
    }

    private func create(samples: Int) throws(FeatureError) -> FeatureSetWriter {
        guard let name, let backbone else {
            throw FeatureError(
                file: folder, found: "a new feature set without name or backbone", expected: "both",
                remedy: "Describe the features: --name my-features --backbone NAME --revision REVISION.")
        }
        return try FeatureSetWriter.create(folder, name: name, backbone: backbone, samples: samples, layout: layout)
    }

    private func extend(_ set: FeatureSet) throws(FeatureError) -> FeatureSetWriter {
        let path = "\(folder)/\(FeatureSetManifest.fileName)"
        guard layers.isEmpty || set.manifest.layout == layout else {
            throw FeatureError(
                file: path, field: "layout", found: "\(set.manifest.layout)", expected: "\(layout), as requested",
                remedy: "Give the same --class-token, --registers and --grid as for the existing layers.")
        }
        if let layer = layers.first(where: { layer in set.manifest.layers.contains { $0.index == layer.index } }) {
            throw FeatureError(
                file: path, field: "layers", found: "layer \(layer.index) already exists",
                remedy: "Choose another index.")
        }
        if let ids {
            throw FeatureError(
                file: ids, found: "ids for an existing set", expected: "ids only when a set is created",
                remedy: "Leave --ids out; labels with an id column are matched to the set's ids.")
        }
        return try FeatureSetWriter(extending: set)
    }

    private func write(
        _ layer: LayerInput, _ source: TokenSource, with writer: FeatureSetWriter
    ) throws(FeatureError) {
        let target = dtype ?? source.element.storedType
        let conversion = TokenConversion(source: source, target: target, classToken: classToken)
        try writer.writeLayer(
            .init(index: layer.index, name: layer.name, width: source.width, dtype: target, finalNorm: finalNorm),
            lengths: source.lengths, shardSamples: shardSamples
        ) { (samples, buffer) throws(FeatureError) in
            try conversion.fill(samples, buffer)
        }
    }
}
