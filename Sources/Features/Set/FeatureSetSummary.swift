/// What `features inspect` shows of a set: fields of the manifest, sizes, digests and tasks.
package struct FeatureSetSummary: Codable, Sendable, Equatable {
    package var name: String
    package var folder: String
    package var backbone: FeatureSetManifest.Backbone
    package var samples: Int
    package var hasIDs: Bool
    package var layout: FeatureSetManifest.TokenLayout
    package var layers: [Layer]
    package var tasks: [Task]
    /// Layers and tasks that cannot be read, and why.
    package var unreadable: [FeatureError]
    package var origin: [String: String]?
    package var preprocessing: [String: String]?
    /// What is easily overlooked, such as the final norm.
    package var notes: [String]?
    /// Seconds from one token to the next, for sounds.
    package var secondsPerToken: Double?
    package var regions: Regions?

    package struct Layer: Codable, Sendable, Equatable {
        package var index: Int
        package var name: String
        package var width: Int
        /// T: patch tokens of every sample, or of the longest.
        package var tokens: Int
        /// Mean number of patch tokens of a sample.
        package var meanTokens: Double
        package var dtype: ElementType
        package var finalNorm: Bool
        package var shards: Int
        /// Bytes of all stored tokens.
        package var bytes: Int
        package var digest: String
    }

    /// Boxes or masks of samples' objects.
    package struct Regions: Codable, Sendable, Equatable {
        package var kind: SampleRegions.Kind
        /// Samples whose objects are known.
        package var samples: Int
        /// The mean share of the grid's area that objects have in these samples.
        package var meanArea: Double
        package var digest: String
    }

    package struct Task: Codable, Sendable, Equatable {
        package var name: String
        package var kind: FeatureTask.Kind
        package var metric: String
        package var classes: Int
        package var classNames: [String]?
        /// Labelled samples.
        package var rows: Int
        /// Rows of each class, where rows have one class.
        package var rowsOfClass: [Int]?
        /// Number of groups.
        package var groups: Int?
        /// Rows that a predefined split tests.
        package var testRows: Int?
        package var digest: String
    }
}

extension FeatureSet {
    /// Opens every layer and task, without reading tokens. What cannot be opened is listed, and harms nothing else.
    package func summary() -> FeatureSetSummary {
        var layers: [FeatureSetSummary.Layer] = []
        var tasks: [FeatureSetSummary.Task] = []
        var unreadable: [FeatureError] = []
        for entry in manifest.layers {
            do throws(FeatureError) { layers.append(try summary(of: entry)) } catch { unreadable.append(error) }
        }
        for name in self.tasks {
            do throws(FeatureError) { tasks.append(try task(name).summary) } catch { unreadable.append(error) }
        }
        var regions: FeatureSetSummary.Regions?
        do throws(FeatureError) { regions = try self.regions()?.summary(samples: manifest.samples) } catch {
            unreadable.append(error)
        }
        return FeatureSetSummary(
            name: manifest.name, folder: folder, backbone: manifest.backbone, samples: manifest.samples,
            hasIDs: manifest.ids != nil, layout: manifest.layout, layers: layers, tasks: tasks, unreadable: unreadable,
            origin: manifest.origin, preprocessing: manifest.preprocessing, notes: manifest.notes,
            secondsPerToken: manifest.secondsPerToken, regions: regions)
    }

    private func summary(of entry: FeatureSetManifest.Layer) throws(FeatureError) -> FeatureSetSummary.Layer {
        let stored = try layer(entry.index).storedTokens
        return .init(
            index: entry.index, name: entry.name, width: entry.width, tokens: entry.tokens,
            meanTokens: Double(stored) / Double(manifest.samples) - Double(manifest.layout.prefix),
            dtype: entry.dtype, finalNorm: entry.finalNorm, shards: entry.shards.count,
            bytes: stored * entry.width * entry.dtype.byteCount, digest: try digest(ofLayer: entry.index))
    }
}

extension SampleRegions {
    fileprivate func summary(samples: Int) -> FeatureSetSummary.Regions {
        let areas = (0..<samples).compactMap { sample in
            region(ofSample: sample).map { $0.shares.reduce(0, +) / Double(tokens) }
        }
        return .init(
            kind: kind, samples: areas.count,
            meanArea: areas.isEmpty ? 0 : areas.reduce(0, +) / Double(areas.count), digest: digest)
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
