import Features
import Units

extension SweepFacts {
    /// Refuses what no feature set can have: facts may come from another machine, and plans compute with them.
    ///
    /// - Throws: `SpecificationError` with every fact out of bounds.
    func validate(_ source: SpecificationSource) throws(SpecificationError) {
        var problems: [SpecificationError.Problem] = []
        for (index, set) in sets.enumerated() {
            for part in set.withUntrained {
                part.check("facts.sets[\(index)]") { field, value, range in
                    problems.append(
                        source.problem(
                            field, "\(value)", "is not between \(range.lowerBound) and \(range.upperBound).",
                            remedy: "Gather the facts again with the coordinator's version of ProbeSweep."))
                }
            }
        }
        guard problems.isEmpty else { throw SpecificationError(problems: problems) }
    }
}

/// Gets a number that is out of its range.
private typealias Refuse = (_ field: String, _ value: Int, _ range: ClosedRange<Int>) -> Void

/// More than any feature set has, and few enough that no product of a plan overflows.
private enum Limit {
    static let samples = 0...(1 << 40)
    static let width = 1...(1 << 17)
    static let tokens = 0...(1 << 20)
    static let classes = 0...(1 << 24)
    static let registers = 0...(1 << 10)
    static let bytes = 0...(1 << 60)
    static let extent = 0...(1 << 40)
    static let sets = 0...(1 << 10)
    static let indices = 0...(1 << 20)
    static let randomWeights = 0...(1 << 50)
    static let digest = 64...64
}

extension FeatureSetFacts {
    fileprivate func check(_ path: String, _ refuse: Refuse) {
        func check(_ value: Int, _ range: ClosedRange<Int>, _ field: String) {
            if !range.contains(value) { refuse("\(path).\(field)", value, range) }
        }
        check(samples, Limit.samples, "samples")
        check(randomWeights ?? 0, Limit.randomWeights, "randomWeights")
        for layer in layers {
            let field = "layers[\(layer.index)]"
            check(layer.index, Limit.indices, "\(field).index")
            check(layer.width, Limit.width, "\(field).width")
            check(layer.tokens.lowerBound, Limit.tokens, "\(field).tokens")
            check(layer.tokens.upperBound, Limit.tokens, "\(field).tokens")
            check(layer.bytes, Limit.bytes, "\(field).bytes")
            check(layer.registers ?? 0, Limit.registers, "\(field).registers")
        }
        for task in tasks {
            let field = "tasks[\(task.name)]"
            check(task.classes, Limit.classes, "\(field).classes")
            check(task.samples, Limit.samples, "\(field).samples")
            check(task.groups ?? 0, Limit.samples, "\(field).groups")
            if let names = task.classNames { check(names.count, task.classes...task.classes, "\(field).classNames") }
            for count in task.classCounts { check(count, Limit.samples, "\(field).classCounts") }
            check(task.classCounts.count, 0...max(0, task.classes), "\(field).classCounts")
            check(task.common?.count ?? 0, Limit.sets, "\(field).common")
            for digest in task.common ?? [] { check(digest.utf8.count, Limit.digest, "\(field).common") }
            check(task.dropped?.samples ?? 0, Limit.samples, "\(field).dropped")
            for count in task.dropped?.classCounts ?? [] { check(count, Limit.samples, "\(field).dropped") }
        }
        for weights in weights ?? [] {
            for extent in weights.shapes.values.joined() {
                check(extent, Limit.extent, "weights[\(weights.reference.name)]")
            }
        }
    }
}
