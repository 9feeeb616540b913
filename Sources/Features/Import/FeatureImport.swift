/// Imports users' feature files into a new feature set, or into an existing one as further layers and tasks.
///
/// Streams: a few megabytes of a layer are in memory at a time, or one sample where that is larger.
package struct FeatureImport: Sendable {

    /// The folder of the set, which is created unless it exists.
    package var folder: String
    /// Name of a new set.
    package var name: String?
    /// Backbone of a new set.
    package var backbone: FeatureSetManifest.Backbone?
    package var layers: [LayerInput] = []
    /// Which array of the files holds the features, for layers that do not say it themselves.
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
    /// The file of labels: .csv, .npy, safetensors, or text with one label a line.
    package var labels: String?
    /// The tasks that the labels make; none for one called `labels`.
    package var tasks: [TaskRequest] = []
    /// Columns in files of their own: ids of the samples, groups and split of the tasks.
    package var ids: String?
    package var groups: String?
    package var split: String?
    /// Columns of the labels' table with the ids of the rows and their groups, by default `id` and `group`.
    package var idColumn: String?
    package var groupColumn: String?
    /// Whether every labelled row must have a group.
    package var requiresGroups = false

    /// Program and arguments of a process that calls ``HDF5Service``, in which HDF5 files are read; nil for this one.
    package var hdf5Command: [String]?

    package init(folder: String) { self.folder = folder }

    /// One task, and how its labels are read.
    package struct TaskRequest: Sendable, Equatable {
        package var name: String
        /// The columns or tensors of labels; none for the one called `label` or `score` (`labels` or `scores`). `tag*`
        /// stands for all columns that begin so.
        package var columns: [String] = []
        /// Nil for what the labels make by themselves.
        package var kind: FeatureTask.Kind?
        package var metric: String?
        package var reading: LabelReading?
        /// What stands between the names of several labels in one cell.
        package var separator: String?

        package init(name: String = "labels") { self.name = name }
    }

    /// Imports everything and returns the complete set.
    ///
    /// - Parameters:
    ///   - report: is told what was understood of each task's labels, once all is in its place.
    ///   - progress: is told what was written of the layers, every few megabytes.
    /// - Throws: `FeatureError` if anything is wrong with files or options; the set is then as it was.
    package func run(
        report: (ImportedTask) -> Void = { _ in }, progress: (ImportProgress) -> Void = { _ in }
    ) throws(FeatureError) -> FeatureSet {
        let sources = try openLayers()
        let existing = FeatureSet.exists(in: folder) ? try FeatureSet.open(folder) : nil
        let samples = try sampleCount(sources, existing)
        for source in sources { try check(source) }
        let layerIDs = try idsOfLayers(sources, existing)
        let (tasks, newIDs) = try readTasks(samples: samples, layerIDs: layerIDs, existing)

        let staging = try StagingFolder.create(in: folder)
        let writer =
            if let existing {
                try extend(existing, in: staging.path)
            } else {
                try create(samples: samples, in: staging.path)
            }
        var state = ImportProgress(bytes: zip(layers, sources).reduce(0) { $0 + storedBytes(of: $1.1) })
        for (layer, source) in zip(layers, sources) {
            try write(layer, source, with: writer) { bytes in
                state.advance(layer.index, bytes)
                progress(state)
            }
        }
        if let newIDs { try writer.writeIDs(newIDs) }
        for (task, _) in tasks { try writer.writeTask(task) }
        if existing == nil || !layers.isEmpty { try writer.finish() }
        try writer.check(layers.map(\.index), tasks.map { $0.0 })
        let superseded = existing?.files(ofTasks: tasks.map { $0.0.name }) ?? []
        try staging.publish()

        let set = try FeatureSet.open(folder)
        set.removeUnnamed(superseded)
        for (_, understood) in tasks { report(understood) }
        return set
    }

    private func openLayers() throws(FeatureError) -> [TokenSource] {
        let hdf5 = hdf5Command.map(HDF5Process.init)
        return try layers.map { (layer) throws(FeatureError) in
            let (file, key) = TokenFile.split(layer.file)
            return try TokenSource.open(
                file, .init(key: key ?? tensor, readsVoidAsBFloat16: readsVoidAsBFloat16, hdf5: hdf5))
        }
    }

    // MARK: Checks before anything is written

    /// Bytes of the largest sample that is read.
    private static let largestSample = 1 << 32

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
        let largest = source.lengths.longest * source.width * source.element.byteCount
        guard largest <= Self.largestSample else {
            throw FeatureError(
                file: source.path, field: "shape", found: "a sample of \(largest) bytes",
                expected: "at most \(Self.largestSample), since a sample is read as a whole",
                remedy: "Part the sample, or keep some of its tokens.")
        }
        if let dtype, dtype.tokenType == nil {
            throw FeatureError(
                file: source.path, field: "dtype", found: dtype.rawValue, expected: "BF16, F16 or F32",
                remedy: "Choose one of these with --dtype.")
        }
    }

    /// The ids that files of the layers give the samples, nil if none does.
    ///
    /// - Throws: `FeatureError` if they are not the same in all layers, or not those of an existing set.
    private func idsOfLayers(_ sources: [TokenSource], _ existing: FeatureSet?) throws(FeatureError) -> [String]? {
        var known = existing?.manifest.ids == nil ? nil : try existing?.sampleIDs()
        var origin = folder
        for source in sources {
            guard let ids = source.ids else { continue }
            if let known, let sample = zip(ids, known).enumerated().first(where: { $1.0 != $1.1 })?.offset {
                throw FeatureError(
                    file: source.path, field: "sample \(sample)", found: "the id \"\(ids[sample])\"",
                    expected: "\"\(known[sample])\", as in \(origin)",
                    remedy: "Give layers with the same samples in the same order.")
            }
            if known == nil { (known, origin) = (ids, source.path) }
        }
        return sources.contains { $0.ids != nil } ? known : nil
    }

    /// The tasks, and the ids that a new set gets.
    private func readTasks(
        samples: Int, layerIDs: [String]?, _ existing: FeatureSet?
    ) throws(FeatureError) -> ([(FeatureTask, ImportedTask)], ids: [String]?) {
        let given = try ids.map { (path) throws(FeatureError) in try ValueColumn.read(path, tensor: "ids") }
        let table = try labels.map { (path) throws(FeatureError) in try LabelTable.read(path) }
        let tableIDs = try table?.ids(named: idColumn)
        let ofLayers = layerIDs.map {
            ValueColumn(path: layers.first?.file ?? folder, values: .texts($0.map(\.trimmedValue)))
        }
        let column = existing == nil ? given ?? ofLayers ?? tableIDs : nil
        let newIDs = try column.map { (column) throws(FeatureError) in try idsOfSet(column, samples: samples) }
        guard let table else {
            guard let column = groups ?? split ?? tasks.first?.name else { return ([], newIDs) }
            throw FeatureError(
                file: column, found: "a task, groups or a split without labels", expected: "labels",
                remedy: "Give the labels of the task as well: --labels.")
        }
        let sampleIDs = existing?.manifest.ids == nil ? newIDs : try existing?.sampleIDs()
        let assembly = TaskAssembly(
            table: table, samples: samples, sampleIDs: sampleIDs, ids: tableIDs,
            groups: try table.groups(orFrom: groups, named: groupColumn), split: try table.split(orFrom: split),
            requiresGroups: requiresGroups)
        let requests = tasks.isEmpty ? [TaskRequest()] : tasks
        try checkNames(requests)
        return (try requests.map { (request) throws(FeatureError) in try assembly.task(request) }, newIDs)
    }

    private func idsOfSet(_ column: ValueColumn, samples: Int) throws(FeatureError) -> [String] {
        guard column.count == samples else {
            throw FeatureError(
                file: column.path, field: column.field, found: "\(column.count) ids",
                expected: "\(samples), one for each sample", remedy: "Give one id for each sample, in their order.")
        }
        return try column.ids(of: Array(0..<column.count))
    }

    private func checkNames(_ requests: [TaskRequest]) throws(FeatureError) {
        var names: Set<String> = []
        for request in requests {
            try TaskFile.check(name: request.name, folder: folder)
            guard names.insert(request.name).inserted else {
                throw FeatureError(
                    file: folder, field: "task \"\(request.name)\"", found: "twice", expected: "each task once",
                    remedy: "Give the tasks different names.")
            }
        }
    }

    // MARK: Writing

    private var layout: FeatureSetManifest.TokenLayout {
        .init(classToken: classToken != nil, registers: registers, grid: grid)
    }

    private func create(samples: Int, in staging: String) throws(FeatureError) -> FeatureSetWriter {
        guard let name, let backbone else {
            throw FeatureError(
                file: folder, found: "a new feature set without name or backbone", expected: "both",
                remedy: "Describe the features: --name my-features --backbone NAME --revision REVISION.")
        }
        return try FeatureSetWriter.create(
            folder, name: name, backbone: backbone, samples: samples, layout: layout, staging: staging)
    }

    private func extend(_ set: FeatureSet, in staging: String) throws(FeatureError) -> FeatureSetWriter {
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
        return try FeatureSetWriter(extending: set, staging: staging)
    }

    private func write(
        _ layer: LayerInput, _ source: TokenSource, with writer: FeatureSetWriter, _ written: (Int) -> Void
    ) throws(FeatureError) {
        let target = target(of: source)
        let conversion = TokenConversion(source: source, target: target, classToken: classToken)
        try writer.writeLayer(
            .init(index: layer.index, name: layer.name, width: source.width, dtype: target, finalNorm: finalNorm),
            lengths: source.lengths, shardSamples: shardSamples
        ) { (samples, buffer) throws(FeatureError) in
            try conversion.fill(samples, buffer)
            written(buffer.count)
        }
    }

    private func target(of source: TokenSource) -> ElementType { dtype ?? source.element.storedType }

    private func storedBytes(of source: TokenSource) -> Int {
        source.lengths.total(0..<source.lengths.samples) * source.width * target(of: source).byteCount
    }
}
