import Digests

extension FeatureTask {
    /// SHA-256 over everything that a result depends on: kind, classes, samples, targets, groups, split, types. It leaves out
    /// class names, which change no result, and the metric, which is part of the unit.
    ///
    /// Samples are told apart by their ids where they have ids, so that two feature sets that hold the same samples in
    /// another order have the same task.
    package var digest: String {
        var hasher = SHA256()
        hasher.update("probesweep task 2\n\(kind.rawValue)\n\(classes)\n\(samples.count)\n".utf8)
        if let ids {
            hasher.update(section: "ids", Array((ids.joined(separator: "\n") + "\n").utf8))
        } else {
            hasher.update(section: "samples", samples.map { Int64($0).littleEndian })
        }
        switch targets {
        case .classes(let labels): hasher.update(section: "labels", labels.map(\.littleEndian))
        case .indicators(let indicators): hasher.update(section: "indicators", indicators)
        case .scores(let scores): hasher.update(section: "scores", scores.map(\.bitPattern.littleEndian))
        }
        if let groups { hasher.update(section: "groups", groups.map(\.littleEndian)) }
        if let groupNames {
            let names = groupNames.map { "\($0.utf8.count) \($0)\n" }
            hasher.update(section: "group names", Array(names.joined().utf8))
        }
        if let split { hasher.update(section: "split", split) }
        if let types { hasher.update(section: "types", types.map(\.littleEndian)) }
        return hasher.finalize().hexadecimal
    }
}

extension SHA256 {
    /// Hashes the name of a section and then its elements as they lie in memory, which must be little-endian.
    fileprivate mutating func update<Element: BitwiseCopyable>(section: String, _ elements: [Element]) {
        update("\(section)\n".utf8)
        elements.withUnsafeBytes { update($0) }
    }
}
