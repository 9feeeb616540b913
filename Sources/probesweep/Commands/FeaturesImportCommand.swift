import ArgumentParser
package import Features

struct FeaturesImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import features and tasks into a new or existing feature set.",
        discussion: """
            Features are .npy, .npz, safetensors, .h5, or a .csv or .tsv table with a column for each element. Arrays are
            [n, T, D], or [n, D] for pooled features; safetensors may also have [ΣT, D] with offsets [n+1]. A pattern in
            place of a file names a file for each sample, [T, D] or [1, T, D], and the file names are the ids. Behind a
            colon stands which array of a file is meant.

            A new set with a layer and a task:
              probesweep features import birds \\
                --name birds --backbone vit-b --revision v1 \\
                --layer 12=block12.npy --class-token 0 --grid 14x14 \\
                --labels species.csv --task species
            A further layer:
              probesweep features import birds \\
                --layer 10=block10.npy --class-token 0 --grid 14x14
            Slides, one file each, and the layers of files that differ in the layer's index:
              probesweep features import slides \\
                --name slides --backbone uni --layer '0=slides/*.h5:features' \\
                --labels slides.csv --id-column slide_id --group-column case_id --task subtype=label
              probesweep features import birds \\
                --name birds --backbone vit-b --layers 'features/birds.layer*.npy'
            Further tasks, for the samples whose ids the table has: one from a column of names, one from a column for
            each label, one from a column of several names a cell:
              probesweep features import birds --labels traits.csv \\
                --task colour=plumage --task food='eats_*' --task region=range --separator 'region=;'

            Cells are trimmed. A row without a label is left out and counted; a row without a group is a group of its
            own, or refused with --groups required. Labels are names, unless all are whole numbers and every one from 0
            to the largest occurs. Other numbers can be read in several ways, and --labels-as says which one is meant.
            What was understood is printed. A refused import leaves the set as it was.
            """)

    @Argument(help: "Folder of the feature set; an existing one is extended.") var set: String
    @Option(
        help: ArgumentHelp(
            "A layer: its index, optionally a name, and its file, or a pattern of files of one sample each.",
            valueName: "INDEX[:NAME]=FILE[:KEY]"))
    var layer: [LayerArgument] = []
    @Option(
        help: ArgumentHelp(
            "Layers from files whose names differ in the index, for which a star stands: 'birds.layer*.npy'.",
            valueName: "PATTERN[:KEY]"))
    var layers: [String] = []
    @Option(help: "Name of a new set.") var name: String?
    @Option(help: "Backbone of a new set.") var backbone: String?
    @Option(help: "Identifies the backbone's weights: release, commit or hash.") var revision = "unknown"
    @Option(help: "Name of the features in files of several arrays, where no KEY is given.") var tensor: String?
    @Option(help: "Index of the class token among a sample's tokens; negative from the end.") var classToken: Int?
    @Option(help: "Number of register tokens after the class token.") var registers = 0
    @Option(help: ArgumentHelp("Grid of the patch tokens.", valueName: "ROWSxCOLUMNS")) var grid: GridArgument?
    @Option(help: "Stored type: BF16, F16 or F32; by default that of the source.") var dtype: StoredType?
    @Flag(name: .customLong("bfloat16"), help: "Two-byte void elements (<V2) of NumPy arrays are bfloat16.")
    var readsVoidAsBFloat16 = false
    @Flag(help: "The backbone's final norm was applied.") var finalNorm = false
    @Option(help: "Samples per shard; by default about half a gigabyte.") var shardSamples: Int?
    @Option(help: "Labels: .csv with a header line, .npy, .safetensors, or text with one label per line.")
    var labels: String?
    @Option(
        help: ArgumentHelp(
            "A task, and the columns of its labels; by default the column label or score. Several columns, or all that "
                + "begin like tag*, have 0 and 1 for one label each.", valueName: "NAME[=COLUMN,…]"))
    var task: [TaskArgument] = []
    @Option(
        help: ArgumentHelp(
            "Kind of the task, if the labels do not determine it: binary, regression, ranking or retrieval.",
            valueName: "[TASK=]KIND"))
    var kind: [PerTask<FeatureTask.Kind>] = []
    @Option(help: ArgumentHelp("Metric of the task.", valueName: "[TASK=]METRIC")) var metric: [PerTask<String>] = []
    @Option(
        help: ArgumentHelp(
            "What labels stand for: names of classes, indices of classes from 0 (whether all occur or not), or scores.",
            valueName: "[TASK=]names|indices|scores"))
    var labelsAs: [PerTask<LabelReading>] = []
    @Option(
        help: ArgumentHelp("Between the names of several labels in one cell.", valueName: "[TASK=]SEPARATOR"))
    var separator: [PerTask<String>] = []
    @Option(help: "Ids of the samples: .npy or .safetensors of integers, or text with one id per line.") var ids:
        String?
    @Option(
        help: ArgumentHelp(
            "Groups of the labels' rows, in the same formats; the word required refuses rows without one.",
            valueName: "FILE|required"))
    var groups: [String] = []
    @Option(help: "Column of the labels' table with the ids of its rows, instead of id.") var idColumn: String?
    @Option(help: "Column of the labels' table with the groups of its rows, instead of group.") var groupColumn: String?
    @Option(help: "Predefined split: train or test (0 or 1) for each row, in the same formats.") var split: String?
    @Option(help: "Output format: text or json.") var format = FeaturesFormat.text

    func validate() throws {
        if layer.isEmpty && layers.isEmpty && labels == nil {
            throw ValidationError("Give at least one --layer, --layers or --labels.")
        }
        if registers < 0 { throw ValidationError("--registers is \(registers); give 0 or more.") }
        if let shardSamples, shardSamples < 1 {
            throw ValidationError("--shard-samples is \(shardSamples); give 1 or more.")
        }
        let named = kind.compactMap(\.task) + metric.compactMap(\.task) + labelsAs.compactMap(\.task)
        let tasks = task.map(\.request.name)
        if let unknown = (named + separator.compactMap(\.task)).first(where: { !tasks.contains($0) }) {
            throw ValidationError("\(unknown) is no task of this import; name it with --task.")
        }
        if groupFiles.count > 1 { throw ValidationError("--groups names \(groupFiles.count) files; give one.") }
    }

    private static let required = "required"

    private var groupFiles: [String] { groups.filter { $0 != Self.required } }

    /// The tasks with the options that are given for each or for all of them.
    private var requests: [FeatureImport.TaskRequest] {
        let named = task.map(\.request)
        return (named.isEmpty ? [FeatureImport.TaskRequest()] : named).map { request in
            var request = request
            request.kind = kind.value(for: request.name)
            request.metric = metric.value(for: request.name)
            request.reading = labelsAs.value(for: request.name)
            request.separator = separator.value(for: request.name)
            return request
        }
    }

    func run() throws {
        var order = FeatureImport(folder: set)
        order.name = name
        order.backbone = backbone.map { .init(name: $0, revision: revision) }
        order.layers = try layer.map(\.input) + layers.flatMap { try FeatureImport.LayerInput.matching($0) }
        order.tensor = tensor
        order.classToken = classToken
        order.registers = registers
        order.grid = grid?.extents
        order.dtype = dtype?.element
        order.readsVoidAsBFloat16 = readsVoidAsBFloat16
        order.finalNorm = finalNorm
        order.shardSamples = shardSamples
        order.labels = labels
        order.tasks = labels == nil ? task.map(\.request) : requests
        order.ids = ids
        order.groups = groupFiles.first
        order.idColumn = idColumn
        order.groupColumn = groupColumn
        order.requiresGroups = groups.contains(Self.required)
        order.split = split
        order.hdf5Command = FeaturesReadHDF5Command.command
        var tasks: [ImportedTask] = []
        let display = ImportDisplay()
        let features = try order.run(report: { tasks.append($0) }, progress: display.show)
        try format.write(ImportOutcome(summary: features.summary(), imported: tasks))
    }
}

/// What `features import` prints: what it understood of the labels, then the set.
private struct ImportOutcome: Encodable, CustomStringConvertible {
    var summary: FeatureSetSummary
    var imported: [ImportedTask]

    var description: String { (imported.map(\.description) + [summary.description]).joined(separator: "\n\n") }

    private enum CodingKeys: String, CodingKey { case imported }

    /// The summary's fields, and `imported` beside them.
    func encode(to encoder: any Encoder) throws {
        try summary.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(imported, forKey: .imported)
    }
}

/// `11=file`, or `11:block 11=file`.
struct LayerArgument: ExpressibleByArgument {
    var input: FeatureImport.LayerInput

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        let head = parts[0].split(separator: ":", maxSplits: 1).map(String.init)
        guard let first = head.first, let index = Int(first) else { return nil }
        input = .init(index: index, name: head.count == 2 ? head[1] : nil, file: parts[1])
    }
}

/// `14x14`.
struct GridArgument: ExpressibleByArgument {
    var extents: [Int]

    init?(argument: String) {
        let extents = argument.split(separator: "x").compactMap { Int($0) }
        guard extents.count == 2, extents.allSatisfy({ $0 > 0 }) else { return nil }
        self.extents = extents
    }
}

extension FeatureTask.Kind: ExpressibleByArgument {}
extension LabelReading: ExpressibleByArgument {}
