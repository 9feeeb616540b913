import Foundation
import Sweeps

/// The sample specifications, and facts of a made-up feature set to plan them over.
enum Samples {
    static func path(_ name: String) -> String {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return tests.deletingLastPathComponent().appending(path: "sweeps/\(name).yaml").path
    }

    /// Seven layers of width 384 and a task of eleven classes, as in the WordNet sample.
    static func facts(
        layers: Range<Int> = 0..<7, tasks: [TaskFacts] = [task("lexname")], hasClassToken: Bool = true
    ) -> SweepFacts {
        SweepFacts(sets: [
            FeatureSetFacts(
                name: "wordnet", folder: "/data/wordnet", samples: 6000,
                layers: layers.map {
                    LayerFacts(
                        index: $0, name: "block \($0)", digest: "digest of layer \($0)", width: 384, tokens: 4...31,
                        hasClassToken: hasClassToken, bytes: 6000 * 17 * 384 * 2)
                }, tasks: tasks)
        ])
    }

    static func task(
        _ name: String, kind: String = "classification", counts: [Int] = Array(repeating: 500, count: 11),
        names: [String]? = nil, groups: Int? = nil, hasSplit: Bool = false, hasTypes: Bool? = nil
    ) -> TaskFacts {
        TaskFacts(
            name: name, digest: "digest of \(name)", kind: kind, metric: "top1", classes: counts.count,
            classNames: names, samples: counts.reduce(0, +), classCounts: counts, groups: groups, hasSplit: hasSplit,
            hasTypes: hasTypes)
    }
}
