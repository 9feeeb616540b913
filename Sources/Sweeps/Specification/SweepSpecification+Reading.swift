import Features
import Foundation
import Identities
import Numerics
import Probes
import Units
import Yams

extension SweepSpecification {
    /// Reads a specification from a YAML file; folders of features are relative to the file's own folder, those of a
    /// pipe or of standard input, which lie in `/dev`, to the current one.
    ///
    /// - Throws: `SpecificationError` with every unknown field and every bad value, each with its line.
    package static func read(file: String) throws(SpecificationError) -> SweepSpecification {
        let text: String
        do {
            var isFolder: ObjCBool = false
            guard !FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) || !isFolder.boolValue else {
                throw POSIXError(.EISDIR)
            }
            // By its handle, since a pipe has no size to read.
            let bytes = try FileHandle(forReadingFrom: URL(filePath: file)).readToEnd() ?? Data()
            guard let valid = String(validating: bytes, as: UTF8.self) else {
                throw CocoaError(.fileReadInapplicableStringEncoding)
            }
            text = valid
        } catch {
            throw SpecificationError(problems: [
                .init(
                    file: file, field: "file", reason: "cannot be read: \(systemReason(of: error)).",
                    remedy: "Give the path of a YAML file.")
            ])
        }
        return try read(text: text, file: file)
    }

    /// Reads a specification from its text.
    ///
    /// - Parameter file: The path that errors name and that relative folders start from.
    /// - Throws: `SpecificationError` with every unknown field and every bad value, each with its line.
    package static func read(text: String, file: String) throws(SpecificationError) -> SweepSpecification {
        let reading = SpecificationReading(file: file)
        let root = try compose(text, file: file)
        var top = SpecificationSection(root, path: "", reading: reading)
        let specification = read(&top, file: file)
        top.finish()
        guard reading.problems.isEmpty else { throw SpecificationError(problems: reading.problems) }
        return specification
    }

    private static func read(_ top: inout SpecificationSection, file: String) -> SweepSpecification {
        let place = URL(filePath: file)
        let name = top.text("name", default: place.deletingPathExtension().lastPathComponent)
        let (features, names, untrained) = readFeatures(&top, relativeTo: folder(of: place))
        let layers = readLayers(&top)
        let tasks = readTasks(&top)
        let matching =
            SampleMatching(
                rawValue: top.text("samples", default: "same", among: SampleMatching.allCases.map(\.rawValue))) ?? .same
        let folds = readFolds(top.section("folds"))
        let methods = MethodDefaults(reading: &top)
        let (selection, drawsExtraShots) = readSelection(top.section("selection"))
        let judge =
            SelectionProtocol(
                rawValue: top.text("protocol", default: "inner", among: SelectionProtocol.allCases.map(\.rawValue)))
            ?? .inner
        let shots = readShots(&top)
        let draws = readDraws(&top)
        let weights = top.text("class-weights", default: "none", among: ["none", "balanced"])
        let keep = top.text("keep", default: "nothing", among: ["nothing", "predictions"])
        let seed = top.integer("seed", default: 0, in: 0...Int.max / 2)
        let seeds = top.integer("seeds", default: 1, in: 1...SweepDefaults.mostSeeds)
        let controls = readControls(&top)
        let kernel = top.text("kernel", default: "auto", among: ["auto"] + KernelPath.allCases.map(\.rawValue))
        let attention = readAttention(&top)
        return SweepSpecification(
            name: name, features: features, names: names, untrained: untrained, layers: layers, tasks: tasks,
            samples: matching, folds: folds,
            probes: ProbeAxes.read(&top, methods: methods), selection: selection, protocol: judge, shots: shots,
            draws: draws, drawsExtraShots: drawsExtraShots, classWeights: weights == "none" ? nil : weights,
            keepsPredictions: keep == "predictions",
            seed: seed, seeds: seeds, controls: controls, kernel: kernel == "auto" ? nil : kernel,
            attention: attention, source: top.reading.source)
    }

    private static func compose(_ text: String, file: String) throws(SpecificationError) -> Node {
        do {
            guard let line = try AliasExpansion.lineBeyondLimit(in: text) else {
                return try Yams.compose(yaml: text) ?? Node([(Node, Node)]())
            }
            throw SpecificationError(problems: [
                .init(
                    file: file, line: line, field: "file",
                    reason: "has more than \(AliasExpansion.limit) nodes, each alias counted as what it stands for.",
                    remedy: "Use fewer aliases.")
            ])
        } catch let error as SpecificationError {
            throw error
        } catch {
            throw SpecificationError(problems: [SpecificationReading.problem(of: error, in: file)])
        }
    }

    /// Folders of feature sets, what tables call them, and the untrained ones that an entry names beside its own.
    private static func folder(of file: URL) -> URL {
        file.path.hasPrefix("/dev/")
            ? URL(filePath: FileManager.default.currentDirectoryPath) : file.deletingLastPathComponent()
    }

    private static func readFeatures(
        _ top: inout SpecificationSection, relativeTo folder: URL
    ) -> (folders: [String], names: [String: String], untrained: [String: [String]]) {
        func absolute(_ path: String) -> String {
            path.hasPrefix("/") ? path : folder.appending(path: path).standardizedFileURL.path
        }
        var names: [String: String] = [:]
        var untrained: [String: [String]] = [:]
        let folders: [String] = top.list("features", []) { field in
            guard field.node.mapping != nil else { return field.text().map(absolute) }
            var section = SpecificationSection(field.node, path: field.path, reading: field.reading)
            let path = section.text("path", default: "")
            let name = section.name("name")
            let twins = section.list("untrained", []) { $0.text() }
            section.finish()
            if path.isEmpty { return field.refuse("names no folder.", remedy: "Add the field \"path\".") }
            names[absolute(path)] = name
            if !twins.isEmpty { untrained[absolute(path)] = twins.map(absolute) }
            return absolute(path)
        }
        if folders.isEmpty && top.node("features") == nil {
            top.reading.report("features", nil, "is missing.", remedy: "Name the folder of a feature set.")
        }
        return (folders, names, untrained)
    }

    private static func readLayers(_ top: inout SpecificationSection) -> [LayerSelection]? {
        if top.node("layers")?.scalar?.string == "all" { return nil }
        let layers: [LayerSelection] = top.list("layers", []) { field in
            field.text().map { LayerSelection($0) }
        }
        return layers.isEmpty ? nil : layers
    }

    private static func readTasks(_ top: inout SpecificationSection) -> [TaskSelection]? {
        if top.node("tasks")?.scalar?.string == "all" { return nil }
        let tasks: [TaskSelection] = top.list("tasks", []) { field in
            guard field.node.mapping != nil else { return field.text().map { TaskSelection(name: $0) } }
            var section = SpecificationSection(field.node, path: field.path, reading: field.reading)
            let name = section.text("name", default: "")
            let metric = section.text("metric", default: "auto")
            let loss = section.text("loss", default: "auto", among: ["auto"] + Loss.allCases.map(\.rawValue))
            let negatives = section.integer("negatives", default: 0, in: 1...1_000_000)
            section.finish()
            if name.isEmpty { return field.refuse("names no task.", remedy: "Add the field \"name\".") }
            return TaskSelection(
                name: name, metric: metric == "auto" ? nil : metric, loss: Loss(rawValue: loss),
                negatives: negatives == 0 ? nil : negatives)
        }
        return tasks.isEmpty ? nil : tasks
    }

    private static func readShots(_ top: inout SpecificationSection) -> [Shots?] {
        top.list("shots", [nil]) { field in
            guard let text = field.text() else { return nil }
            if text == "all" { return .some(nil) }
            if text.hasSuffix("%"), let percent = Double(text.dropLast()), percent > 0, percent < 100 {
                return Shots(share: percent / 100, draw: 0)
            }
            if let count = Int(text), count > 0 { return Shots(perClass: count, draw: 0) }
            return field.refuse(
                "is not a valid number of shots.", remedy: "Write samples of each class (5), a share (10%), or all.")
        }
    }

    private static func readControls(_ top: inout SpecificationSection) -> [SweepControl] {
        if top.node("controls")?.scalar?.string == "none" { return [] }
        return top.list("controls", []) { field in
            field.text(among: SweepControl.allCases.map(\.rawValue)).flatMap(SweepControl.init)
        }
    }

    private static func readDraws(_ top: inout SpecificationSection) -> Int? {
        if top.node("draws")?.scalar?.string == "auto" { return nil }
        let draws = top.integer("draws", default: 0, in: 1...1000)
        return draws == 0 ? nil : draws
    }

    private static func readAttention(_ top: inout SpecificationSection) -> AnalysisRequest? {
        guard top.node("attention") != nil else { return nil }
        var section = top.section("attention")
        let kernel = section.text("kernel", default: "auto", among: ["auto"] + KernelPath.allCases.map(\.rawValue))
        var units: [UnitKey]?
        if let node = section.node("units"), node.scalar?.string != "all" {
            units = section.list("units", []) { field in
                field.text().flatMap { text in
                    UnitKey(text)
                        ?? field.refuse(
                            "is not a unit's key, 64 hexadecimal digits.",
                            remedy: "Take keys from `probesweep table SWEEP --format json`.")
                }
            }
        }
        section.finish()
        return AnalysisRequest(units: units, kernel: kernel == "auto" ? nil : kernel)
    }

    private static func readFolds(_ section: SpecificationSection) -> FoldSettings {
        var section = section
        let standard = SweepDefaults.folds
        let folds = FoldSettings(
            scheme: section.text("scheme", default: standard.scheme, among: SweepDefaults.foldSchemes),
            count: section.integer("count", default: standard.count, in: 2...10_000),
            repeats: section.integer("repeats", default: standard.repeats, in: 1...10_000),
            seed: section.integer("seed", default: standard.seed, in: 0...Int.max / 2))
        section.finish()
        return folds
    }

    private static func readSelection(
        _ section: SpecificationSection
    ) -> (selection: SelectionSettings, drawsExtraShots: Bool) {
        var section = section
        let standard = SweepDefaults.selection
        let by = section.text("by", default: "loss", among: ["loss", "metric"])
        let epoch = section.text("epoch", default: "best", among: ["best", "last"])
        let lowShot = section.text("low-shot", default: "within", among: ["within", "extra"])
        var selection = SelectionSettings(
            fraction: section.number("fraction", default: standard.fraction, in: 0.01...0.5),
            refit: section.flag("refit", default: standard.refit), by: by == "loss" ? nil : by,
            epoch: epoch == "best" ? nil : epoch)
        let folds = section.integer("folds", default: SweepDefaults.innerFolds, in: 2...100)
        if section.text("method", default: "split", among: ["split", "folds"]) == "folds" {
            // With inner folds `fraction` is unused and refit is always on.
            (selection.fraction, selection.refit, selection.folds) = (0, true, folds)
            if lowShot == "extra" {
                section.report(
                    "low-shot", "draws more samples from the held-back side of a split, and inner folds have none.",
                    remedy: "Take method: split, or low-shot: within.")
            }
        }
        section.finish()
        return (selection, lowShot == "extra")
    }
}
