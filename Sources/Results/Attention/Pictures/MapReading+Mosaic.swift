import Attention
import Features
import Foundation
import Numerics

extension MapReading {
    /// The maps of samples as a figure: over pictures or the grid alone, over texts, or along a line.
    ///
    /// - Parameters:
    ///   - most: Predictors that are drawn, of greatest worth.
    ///   - images: Where pictures of samples lie; nil for the grid alone.
    /// - Throws: ``AttentionPictureError`` for a sample that was not tested, or whose picture or texts do not fit;
    ///   `FeatureError` for a file of the set that cannot be read.
    package func mosaic(
        of choice: SampleChoice, most: Int, images: String?, layout: FigureLayout = FigureLayout()
    ) throws -> String {
        let samples = try samples(choice)
        let ordered = findings.predictors.sorted { $0.rank < $1.rank }.prefix(most)
        let factor = DisplayName.factor(of: findings.metric)
        let mosaic = Mosaic(
            ground: ground,
            predictors: ordered.map {
                Mosaic.Predictor(number: $0.number, worth: $0.uniform.metric.map { factor * $0 })
            }, count: findings.predictors.count,
            samples: try mosaicSamples(samples, ordered.map(\.number), images: images),
            title: PanelTitle(name: findings.name.features, ending: ", layer \(findings.name.layer)"),
            subtitle: subtitle,
            metric: DisplayName.metric(findings.metric)
                + (DisplayName.isPercentage(findings.metric) ? " in points" : ""))
        return MosaicFigure(mosaic, layout: layout).svg()
    }

    private var subtitle: String {
        let name = findings.name
        let seeds = [name.draw.map { "draw \($0)" }, name.seed == 0 ? nil : "seed \(name.seed)"].compactMap { $0 }
        return (["\(name.probe), \(name.task), test fold \(name.repetition).\(name.heldOut)"] + seeds).joined(
            separator: ", ")
    }

    private var ground: Mosaic.Ground {
        let manifest = set.manifest
        if let grid = manifest.layout.grid, grid.count == 2, grid[0] * grid[1] == head.layer.maximumTokens {
            return .grid(rows: grid[0], columns: grid[1])
        }
        return manifest.tokenTexts == nil ? .line(seconds: manifest.secondsPerToken) : .texts
    }

    private func mosaicSamples(_ samples: [Int], _ predictors: [Int], images: String?) throws -> [Mosaic.Sample] {
        let ground = ground
        let pictures = try pictures(of: samples, in: images, ground)
        let texts = ground == .texts ? try set.tokenTexts(of: samples) ?? [] : []
        let classes = classNames
        var (drawn, place) = ([Mosaic.Sample](), 0)
        try forEachMap(of: samples) { sample, maps, own in
            // Patch tokens are the last of a sample's own; texts and lines have the tokens before them too.
            let patches = head.layer.patchTokens(sample).tokens
            let first = ground.isGrid ? max(0, own - patches) : 0
            let weights = predictors.map { Array(maps.map(of: $0)[first..<own]) }
            drawn.append(
                Mosaic.Sample(
                    id: sampleNames[sample], className: classes[sample], picture: pictures?[place],
                    texts: texts.isEmpty ? [] : try fitting(texts[place], sample, own), maps: weights,
                    elsewhere: weights.map { max(0, 1 - $0.reduce(0, +)) }))
            place += 1
        }
        return drawn
    }

    /// Names of the classes of the task's samples.
    private var classNames: [Int: String] {
        let task = head.task
        guard let names = task.classNames, task.kind == .classification else { return [:] }
        let pairs = zip(task.samples, task.labels).compactMap { sample, label in
            names.indices.contains(Int(label)) ? (sample, names[Int(label)]) : nil
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// The texts of the tokens that are attended to: all that are stored, or the last of them.
    private func fitting(_ texts: [String], _ sample: Int, _ own: Int) throws(AttentionPictureError) -> [String] {
        let stored = head.layer.allTokens(sample).tokens
        guard texts.count == stored, own <= stored else {
            throw .otherTexts(
                file: set.tokenTextFile ?? set.folder, sample: sampleNames[sample], texts: texts.count, tokens: stored)
        }
        return Array(texts.suffix(own))
    }

    private func pictures(of samples: [Int], in folder: String?, _ ground: Mosaic.Ground) throws -> [String]? {
        guard let folder else { return nil }
        guard ground.isGrid else { throw AttentionPictureError.noGrid(set: set.manifest.name) }
        let files = try set.sampleFiles()
        return try samples.map { sample in
            try SamplePictures.dataURI(of: sampleNames[sample], file: files?[sample], in: folder)
        }
    }
}

extension Mosaic.Ground {
    var isGrid: Bool {
        if case .grid = self { true } else { false }
    }
}

/// Pictures of samples on the disk.
enum SamplePictures {
    private static let largest = 20_000_000
    private static let endings = ["", ".png", ".jpg", ".jpeg", ".PNG", ".JPG", ".JPEG"]

    /// The sample's picture as it is, for a figure that needs no other file.
    ///
    /// - Parameters:
    ///   - id: Names the picture where `file` is nil, with or without an ending.
    ///   - file: Its path in the folder, as the set has it.
    static func dataURI(of id: String, file: String?, in folder: String) throws(AttentionPictureError) -> String {
        let names = file.map { [$0] } ?? endings.map { id + $0 }
        // A set comes from elsewhere: its names must not lead out of the folder.
        let inside = names.filter { !$0.split(separator: "/").contains("..") }
        let manager = FileManager.default
        guard let path = inside.map({ "\(folder)/\($0)" }).first(where: { manager.isReadableFile(atPath: $0) }) else {
            throw .noImage(sample: id, tried: names.prefix(4).map { "\(folder)/\($0)" })
        }
        guard let bytes = manager.contents(atPath: path), bytes.count <= largest else {
            throw .unreadableImage(path: path, reason: "is no file of at most \(largest / 1_000_000) MB")
        }
        guard let kind = kind(of: bytes) else {
            throw .unreadableImage(path: path, reason: "is neither a PNG nor a JPEG")
        }
        return "data:image/\(kind);base64,\(bytes.base64EncodedString())"
    }

    private static func kind(of bytes: Data) -> String? {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "png" }
        return bytes.starts(with: [0xFF, 0xD8, 0xFF]) ? "jpeg" : nil
    }
}
