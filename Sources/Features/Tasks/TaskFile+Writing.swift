extension TaskFile {
    /// Writes a task's arrays and then its header, under the task's name.
    ///
    /// - Parameter file: where the arrays go, below the folder.
    static func write(_ task: FeatureTask, folder: String, data file: String) throws(FeatureError) {
        try check(name: task.name, folder: folder)
        let sha256 = try writeArrays(of: task, to: "\(folder)/\(file)")
        let header = TaskFile(
            format: currentFormat, name: task.name, kind: task.kind.rawValue, metric: task.metric,
            classes: task.classes, classNames: task.classNames, groupNames: task.groupNames,
            data: .init(file: file, sha256: sha256))
        try JSONFile.write(header, to: "\(folder)/\(path(of: task.name))")
    }

    /// Wide elements first, which keeps every array aligned.
    private static func writeArrays(of task: FeatureTask, to path: String) throws(FeatureError) -> String {
        let rows = task.samples.count
        var tensors: [(name: String, type: ElementType, shape: [Int])] = [("samples", .int64, [rows])]
        switch task.targets {
        case .classes: tensors.append(("labels", .int32, [rows]))
        case .scores: tensors.append(("scores", .float32, [rows]))
        case .indicators: break
        }
        if task.groups != nil { tensors.append(("groups", .int32, [rows])) }
        if task.types != nil { tensors.append(("types", .int32, [rows])) }
        if case .indicators = task.targets { tensors.append(("labels", .uint8, [rows, task.classes])) }
        if task.split != nil { tensors.append(("split", .uint8, [rows])) }

        let writer = try SafetensorsWriter.create(path, tensors: tensors)
        try writer.append(task.samples.map { Int64($0).littleEndian })
        switch task.targets {
        case .classes(let labels): try writer.append(labels.map(\.littleEndian))
        case .scores(let scores): try writer.append(scores.map(\.bitPattern.littleEndian))
        case .indicators: break
        }
        if let groups = task.groups { try writer.append(groups.map(\.littleEndian)) }
        if let types = task.types { try writer.append(types.map(\.littleEndian)) }
        if case .indicators(let indicators) = task.targets { try writer.append(indicators) }
        if let split = task.split { try writer.append(split) }
        return try writer.finish()
    }
}
