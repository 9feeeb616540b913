import Foundation

extension FeatureTask {
    /// The task with some of its rows, in the order given.
    package func selecting(_ rows: [Int]) -> FeatureTask {
        var task = self
        task.samples = rows.map { samples[$0] }
        task.ids = ids.map { column in rows.map { column[$0] } }
        switch targets {
        case .classes(let labels): task.targets = .classes(rows.map { labels[$0] })
        case .scores(let scores): task.targets = .scores(rows.map { scores[$0] })
        case .indicators(let indicators):
            task.targets = .indicators(rows.flatMap { indicators[$0 * classes..<($0 + 1) * classes] })
        }
        task.groups = groups.map { column in rows.map { column[$0] } }
        task.split = split.map { column in rows.map { column[$0] } }
        task.types = types.map { column in rows.map { column[$0] } }
        return task
    }

    /// The task with its rows in the order of their ids, by the bytes of their UTF-8 in normalisation form C, and its
    /// groups and types numbered by their first rows: the same for every feature set that holds the same samples, in whatever order
    /// they are stored, and whichever form the file names of its system have.
    ///
    /// - Parameter sampleIDs: Of all samples of the set, in the order in which they are stored.
    func ordered(by sampleIDs: [String]) -> FeatureTask {
        let ids = samples.map { sampleIDs[$0].normalized }
        // Samples ascend: equal ids stay in their order.
        let order = ids.indices.sorted { ids[$0] == ids[$1] ? $0 < $1 : ids[$0].precedesInBytes(ids[$1]) }
        var task = selecting(order)
        task.ids = order.map { ids[$0] }
        task.numberByFirstRow()
        return task
    }

    /// The task with the rows that have one of these ids, its groups and types numbered by their first rows.
    package func keeping(_ kept: Set<String>) -> FeatureTask {
        var task = selecting((ids ?? []).indices.filter { kept.contains((ids ?? [])[$0]) })
        task.numberByFirstRow()
        return task
    }

    /// Names of groups that have no row are dropped.
    private mutating func numberByFirstRow() {
        if let found = groups.map(Self.numbered) {
            groups = found.numbers
            groupNames = groupNames.map { names in found.old.map { names[Int($0)] } }
        }
        types = types.map { Self.numbered($0).numbers }
    }

    /// Numbers from 0 in the order in which they occur, and the numbers that they stand for.
    private static func numbered(_ column: [Int32]) -> (numbers: [Int32], old: [Int32]) {
        var known: [Int32: Int32] = [:]
        var old: [Int32] = []
        let numbers = column.map { value in
            if let number = known[value] { return number }
            let number = Int32(old.count)
            known[value] = number
            old.append(value)
            return number
        }
        return (numbers, old)
    }
}

extension String {
    /// In Unicode's normalisation form C, in which equal strings have equal bytes.
    fileprivate var normalized: String {
        utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCanonicalMapping
    }

    /// Faster than the order of characters, and the same in every language.
    fileprivate func precedesInBytes(_ other: String) -> Bool {
        let fast = utf8.withContiguousStorageIfAvailable { own in
            other.utf8.withContiguousStorageIfAvailable { other in own.lexicographicallyPrecedes(other) }
        }
        return (fast ?? nil) ?? utf8.lexicographicallyPrecedes(other.utf8)
    }
}
