import ArgumentParser
package import Features

struct FeaturesImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import .npy and safetensors features into a new or existing feature set.",
        discussion: """
            Arrays are [n, T, D], or [n, D] for pooled features; safetensors may also have [ΣT, D] with offsets [n+1].

            A new set with a layer and a task:
              probesweep features import birds \\
                --name birds --backbone vit-b --revision v1 \\
                --layer 12=block12.npy --class-token 0 --grid 14x14 \\
                --labels species.csv --task species
            A further layer:
              probesweep features import birds \\
                --layer 10=block10.npy --class-token 0 --grid 14x14
            A further task, for the samples whose ids the table has:
              probesweep features import birds --labels colours.csv --task colour
            """)

    @Argument(help: "Folder of the feature set; an existing one is extended.") var set: String
    @Option(help: ArgumentHelp("A layer: its index, optionally a name, and its file.", valueName: "INDEX[:NAME]=FILE"))
    var layer: [LayerArgument] = []
    @Option(help: "Name of a new set.") var name: String?
    @Option(help: "Backbone of a new set.") var backbone: String?
    @Option(help: "Identifies the backbone's weights: release, commit or hash.") var revision = "unknown"
    @Option(help: "Name of the features tensor in safetensors files.") var tensor: String?
    @Option(help: "Index of the class token among a sample's tokens; negative from the end.") var classToken: Int?
    @Option(help: "Number of register tokens after the class token.") var registers = 0
    @Option(help: ArgumentHelp("Grid of the patch tokens.", valueName: "ROWSxCOLUMNS")) var grid: GridArgument?
    @Option(help: "Stored type: BF16, F16 or F32; by default that of the source.") var dtype: StoredType?
    @Flag(name: .customLong("bfloat16"), help: "Two-byte void elements (<V2) of .npy files are bfloat16.")
    var readsVoidAsBFloat16 = false
    @Flag(help: "The backbone's final norm was applied.") var finalNorm = false
    @Option(help: "Samples per shard; by default about half a gigabyte.") var shardSamples: Int?
    @Option(help: "Labels: .npy, or .csv with a column label or score, and optionally id, group and split.")
    var labels: String?
    @Option(help: "Name of the task.") var task: String?
    @Option(help: "Kind of the task, if the labels do not determine it: binary, regression or retrieval.")
    var kind: FeatureTask.Kind?
    @Option(help: "Metric of the task.") var metric: String?
    @Option(help: "Ids of the samples: .npy of integers, or text with one id per line.") var ids: String?
    @Option(help: "Groups of the task's rows, in the same formats.") var groups: String?
    @Option(help: "Predefined split: train or test (0 or 1) for each row, in the same formats.") var split: String?
    @Option(help: "Output format: text or json.") var format = FeaturesFormat.text

    func validate() throws {
        if layer.isEmpty && labels == nil { throw ValidationError("Give at least one --layer or --labels.") }
        if registers < 0 { throw ValidationError("--registers is \(registers); give 0 or more.") }
        if let shardSamples, shardSamples < 1 {
            throw ValidationError("--shard-samples is \(shardSamples); give 1 or more.")
        }
    }

    func run() throws {
        var order = FeatureImport(folder: set)
        order.name = name
        order.backbone = backbone.map { .init(name: $0, revision: revision) }
        order.layers = layer.map(\.input)
        order.tensor = tensor
        order.classToken = classToken
        order.registers = registers
        order.grid = grid?.extents
        order.dtype = dtype?.element
        order.readsVoidAsBFloat16 = readsVoidAsBFloat16
        order.finalNorm = finalNorm
        order.shardSamples = shardSamples
        order.labels = labels
        order.task = task
        order.kind = kind
        order.metric = metric
        order.ids = ids
        order.groups = groups
        order.split = split
        try format.write(order.run().summary())
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
