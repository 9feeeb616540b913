/// What `features inspect` tells of a set: the manifest's facts, sizes and digests, and the tasks.
public struct FeatureSetSummary: Codable, Sendable, Equatable {
    public var name: String
    public var folder: String
    public var backbone: FeatureSetManifest.Backbone
    public var samples: Int
    public var hasIDs: Bool
    public var layout: FeatureSetManifest.TokenLayout
    public var layers: [Layer]
    public var tasks: [Task]
    public var origin: [String: String]?

    public struct Layer: Codable, Sendable, Equatable {
        public var index: Int
        public var name: String
        public var width: Int
        /// T: patch tokens of every sample, or of the longest.
        public var tokens: Int
        /// Mean number of patch tokens of a sample.
        public var meanTokens: Double
        public var dtype: ElementType
        public var finalNorm: Bool
        public var shards: Int
        /// Bytes of all stored tokens.
        public var bytes: Int
        public var digest: String
    }

    public struct Task: Codable, Sendable, Equatable {
        public var name: String
        public var kind: FeatureTask.Kind
        public var metric: String
        public var classes: Int
        public var classNames: [String]?
        /// Labelled samples.
        public var rows: Int
        /// Rows of each class, where rows have one class.
        public var rowsOfClass: [Int]?
        /// Number of groups.
        public var groups: Int?
        /// Rows that a predefined split tests.
        public var testRows: Int?
        public var digest: String
    }
}

extension FeatureSet {
    /// Opens every layer and task, without reading tokens.
    public func summary() throws(FeatureError) -> FeatureSetSummary {
        var layers: [FeatureSetSummary.Layer] = []
        for entry in manifest.layers {
            let tokens = try layer(entry.index)
            let stored = tokens.storedTokens
            layers.append(
                .init(
                    index: entry.index, name: entry.name, width: entry.width, tokens: entry.tokens,
                    meanTokens: Double(stored) / Double(manifest.samples) - Double(manifest.layout.prefix),
                    dtype: entry.dtype, finalNorm: entry.finalNorm, shards: entry.shards.count,
                    bytes: stored * entry.width * entry.dtype.byteCount, digest: try digest(ofLayer: entry.index)))
        }
        var summaries: [FeatureSetSummary.Task] = []
        for name in tasks { summaries.append(try task(name).summary) }
        return FeatureSetSummary(
            name: manifest.name, folder: folder, backbone: manifest.backbone, samples: manifest.samples,
            hasIDs: manifest.ids != nil, layout: manifest.layout, layers: layers, tasks: summaries,
            origin: manifest.origin)
    }
}

extension LayerTokens {
    /// Stored tokens of all samples.
    var storedTokens: Int { shards.reduce(0) { $0 + $1.rows(ofSample: $1.samples - 1).upperBound } }
}

extension FeatureTask {
    fileprivate var summary: FeatureSetSummary.Task {
        var rowsOfClass: [Int]?
        if case .classes(let labels) = targets {
            rowsOfClass = labels.reduce(into: [Int](repeating: 0, count: classes)) { $0[Int($1)] += 1 }
        }
        return .init(
            name: name, kind: kind, metric: metric, classes: classes, classNames: classNames, rows: samples.count,
            rowsOfClass: rowsOfClass, groups: groups.map { Set($0).count },
            testRows: split.map { $0.count { $0 == 1 } }, digest: digest)
    }
}
