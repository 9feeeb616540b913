/// `featureset.json`: what a folder of frozen tokens holds and where it came from.
///
/// ```json
/// {
///   "format": 1,
///   "name": "wordnet-minilm",
///   "backbone": {"name": "all-MiniLM-L6-v2", "revision": "sha256:53aa5117…"},
///   "samples": 6000,
///   "ids": {"file": "ids.txt", "sha256": "…"},
///   "layout": {"classToken": true, "registers": 0, "grid": null},
///   "layers": [
///     {"index": 4, "name": "block 4", "width": 384, "tokens": 31, "dtype": "BF16", "finalNorm": false,
///      "shards": [{"file": "layers/4-00000.safetensors", "sha256": "…", "samples": 6000}]}
///   ],
///   "origin": {"data": "WordNet 3.0 noun glosses"}
/// }
/// ```
///
/// Paths are relative to the folder. Tasks are not listed: every `tasks/NAME.json` is one (see ``FeatureTask``), so
/// that a task can be added without touching the features.
package struct FeatureSetManifest: Codable, Sendable, Equatable {
    /// The version of the format that this program reads and writes.
    package static let currentFormat = 1
    /// The manifest's file name in its folder.
    package static let fileName = "featureset.json"

    package var format: Int
    /// The name in sweeps and tables.
    package var name: String
    package var backbone: Backbone
    /// n, the number of samples in every layer.
    package var samples: Int
    /// The per-sample ids, shared by all layers; nil if samples are identified by position.
    package var ids: FileReference?
    package var layout: TokenLayout
    package var layers: [Layer]
    /// Where data and weights came from, with versions and hashes; free keys and text.
    package var origin: [String: String]?
    /// The relative path of each sample's file, one a line, in the order of the samples.
    package var files: FileReference?
    /// The text of each stored token: one JSON list a line, in the order of the samples.
    package var tokenTexts: FileReference?
    /// Where the objects of samples lie: boxes, JSON lines as ``BoxFile`` has them, or masks on the token grid; not both.
    package var boxes: FileReference?
    package var masks: FileReference?
    /// How far apart tokens are in time, in seconds, for sounds.
    package var secondsPerToken: Double?
    /// What was done to a sample before the backbone read it; free keys and text.
    package var preprocessing: [String: String]?
    /// What is easily overlooked: the final norm, projections, which tokens are registers.
    package var notes: [String]?

    package init(
        name: String, backbone: Backbone, samples: Int, ids: FileReference? = nil, layout: TokenLayout, layers: [Layer],
        origin: [String: String]? = nil
    ) {
        self.format = Self.currentFormat
        self.name = name
        self.backbone = backbone
        self.samples = samples
        self.ids = ids
        self.layout = layout
        self.layers = layers
        self.origin = origin
    }

    /// The frozen model.
    package struct Backbone: Codable, Sendable, Equatable {
        package var name: String
        /// Identifies the weights: a release, a commit, or the hash of the weight file.
        package var revision: String
        /// The seed by which the weights were drawn, for a model that was not trained; nil for trained weights, and where
        /// the manifest does not say.
        package var randomWeights: Int?
        /// What data the weights were trained on, in words.
        package var pretrainedOn: String?

        package init(name: String, revision: String, randomWeights: Int? = nil, pretrainedOn: String? = nil) {
            self.name = name
            self.revision = revision
            self.randomWeights = randomWeights
            self.pretrainedOn = pretrainedOn
        }
    }

    /// A file of the folder and the hash of its bytes.
    package struct FileReference: Codable, Sendable, Equatable {
        package var file: String
        /// SHA-256 in 64 lower-case hexadecimal digits.
        package var sha256: String

        package init(file: String, sha256: String) {
            self.file = file
            self.sha256 = sha256
        }
    }

    /// The order of the stored tokens of a sample: the class token if there is one, then registers, then patch tokens.
    package struct TokenLayout: Codable, Sendable, Equatable {
        /// Whether the first stored token of every sample is the class token.
        package var classToken: Bool
        /// Register tokens between the class token and the patch tokens.
        package var registers: Int
        /// Rows and columns of the patch tokens, row-major; nil for texts and wherever there is no grid.
        package var grid: [Int]?

        package init(classToken: Bool, registers: Int = 0, grid: [Int]? = nil) {
            self.classToken = classToken
            self.registers = registers
            self.grid = grid
        }

        /// Stored tokens of every sample before its first patch token.
        package var prefix: Int { registers + (classToken ? 1 : 0) }
    }

    /// One layer of the backbone.
    package struct Layer: Codable, Sendable, Equatable {
        /// The layer's number in sweeps: by convention 0 for the embeddings, then the blocks from 1.
        package var index: Int
        package var name: String
        /// D.
        package var width: Int
        /// T: patch tokens of every sample, or of the longest where samples differ.
        package var tokens: Int
        /// `BF16`, `F16` or `F32`.
        package var dtype: ElementType
        /// Whether the backbone's final norm was applied.
        package var finalNorm: Bool
        /// Safetensors files that hold the samples in order.
        package var shards: [Shard]

        package init(
            index: Int, name: String, width: Int, tokens: Int, dtype: ElementType, finalNorm: Bool, shards: [Shard]
        ) {
            self.index = index
            self.name = name
            self.width = width
            self.tokens = tokens
            self.dtype = dtype
            self.finalNorm = finalNorm
            self.shards = shards
        }
    }

    /// A run of samples of a layer in one safetensors file.
    package struct Shard: Codable, Sendable, Equatable {
        package var file: String
        /// SHA-256 of the file in 64 lower-case hexadecimal digits.
        package var sha256: String
        /// Samples in this file.
        package var samples: Int

        package init(file: String, sha256: String, samples: Int) {
            self.file = file
            self.sha256 = sha256
            self.samples = samples
        }
    }
}
