import Identities
import Units

extension Plan {
    /// The analyses of heads of a grid, in the grid's order.
    ///
    /// - Throws: `SpecificationError` for keys that the grid does not have, or whose heads are not analysed, and for a
    ///   specification without a kernel path.
    static func analyses(
        _ request: AnalysisRequest, _ specification: SweepSpecification, _ facts: SweepFacts,
        within bounds: SweepBounds
    ) throws(SpecificationError) -> Plan {
        guard let path = specification.kernel else {
            throw SpecificationError(problems: [
                specification.source.problem(
                    "attention", nil, "needs the kernel path that the heads were trained on.",
                    remedy: "Write it as kernel: PATH; a table's JSON has it.")
            ])
        }
        var grid = specification
        grid.attention = nil
        grid.kernel = request.kernel
        let plan = try make(grid, facts, within: bounds)
        let regions = Dictionary(
            facts.sets.compactMap { set in set.regions.map { (set.folder, $0) } },
            uniquingKeysWith: { first, _ in first })
        let keys = request.units.map(Set.init)
        let passes = plan.passes.map { $0.analysing(keys, on: path, regions: regions[$0.folder]) }
            .filter { !$0.units.isEmpty }
        let found = passes.reduce(0) { $0 + $1.units.count }
        guard found > 0, found >= request.units.map({ Set($0).count }) ?? 1 else {
            throw SpecificationError(problems: [
                specification.source.problem(
                    "attention.units", request.units.map { "\(Set($0).count - found) of \(Set($0).count)" },
                    request.units == nil
                        ? "asks for heads that have maps, and the grid has none."
                        : "are keys of units that the grid does not have, that have no maps, or that are controls.",
                    remedy: "Take keys from `probesweep table SWEEP --format json`.")
            ])
        }
        return Plan(specification: specification, facts: facts, passes: passes)
    }
}

extension PlannedPass {
    fileprivate func analysing(_ keys: Set<UnitKey>?, on path: String, regions: String?) -> PlannedPass {
        PlannedPass(
            layer: layer, title: title, facts: facts, folder: folder, samples: samples,
            randomWeights: randomWeights,
            units: units.analysing(keys, on: path, regions: regions))
    }
}
