import Features
import Foundation

/// A small feature set to import tasks into, and the files that they come from.
struct Birds {
    let folder: TemporaryFolder
    let set: String
    static let ids = ["wren", "robin", "kite", "heron", "swift", "crow"]

    /// Six samples with ids, or without.
    init(hasIDs: Bool = true) throws {
        folder = try TemporaryFolder()
        set = folder.file("birds")
        try NumpyWriter.write((0..<12).map(Float.init), shape: [6, 2], to: folder.file("x.npy"))
        try folder.write((Self.ids.joined(separator: "\r\n") + "\r\n").utf8, to: "ids.txt")
        var order = FeatureImport(folder: set)
        order.name = "birds"
        order.backbone = .init(name: "vit", revision: "1")
        order.layers = [.init(index: 3, file: folder.file("x.npy"))]
        if hasIDs { order.ids = folder.file("ids.txt") }
        _ = try order.run()
    }

    /// An import of labels from a file with the given text.
    func order(_ text: String, file: String = "labels.csv", tasks: [FeatureImport.TaskRequest] = []) throws
        -> FeatureImport
    {
        try folder.write(text.utf8, to: file)
        var order = FeatureImport(folder: set)
        order.labels = folder.file(file)
        order.tasks = tasks
        return order
    }

    func task(_ order: FeatureImport) throws -> (FeatureTask, ImportedTask) {
        var understood: [ImportedTask] = []
        let set = try order.run { understood.append($0) }
        return (try set.storedTask(understood[0].name), understood[0])
    }

    /// Every file and folder of the set with its bytes.
    func snapshot() throws -> [String: Data?] {
        var files: [String: Data?] = [:]
        for file in try FileManager.default.subpathsOfDirectory(atPath: set) {
            files[file] = .some(FileManager.default.contents(atPath: "\(set)/\(file)"))
        }
        return files
    }
}

extension FeatureImport.TaskRequest {
    static func named(_ name: String = "labels", _ change: (inout Self) -> Void = { _ in }) -> Self {
        var request = Self(name: name)
        change(&request)
        return request
    }
}
