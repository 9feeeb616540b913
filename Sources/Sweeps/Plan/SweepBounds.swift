import Identities
import Probes
import Training
import Units

/// How much one sweep may ask for. A specification of a few lines can multiply to more units than any memory holds, and
/// one that came as JSON can hold what no reader of YAML would let pass.
package struct SweepBounds: Sendable {
    /// Units of a sweep.
    package var units: Int

    package static let standard = SweepBounds(units: 5_000_000)

    package init(units: Int) { self.units = units }
}

extension SweepSpecification {
    /// This specification, if reading its own YAML restores it: then every value is one that the reader admits.
    ///
    /// - Throws: `SpecificationError` with every value out of bounds.
    package func validated() throws(SpecificationError) -> SweepSpecification {
        var again = try Self.read(text: yaml, file: source.file)
        again.source = source
        guard again == self else {
            throw SpecificationError(problems: [
                source.problem(
                    "file", nil, "holds values that no specification can have.",
                    remedy: "Submit it with the same version of ProbeSweep as the coordinator's.")
            ])
        }
        return self
    }

    /// Units that the probes ask for on every layer and task, those counted twice that two entries have in common;
    /// `Int.max` for more than a number can hold.
    var unitsOfLayerAndTask: Int {
        let twins = 1 + controls.count { $0 == .null || $0 == .uniform || $0 == .types }
        let ways = saturating(`protocol` == .both ? 3 : 1, twins)
        return units { adding(heads(of: $0, ways), controls.contains(.majority) ? amountsDrawn : 0) }
    }

    /// The same on every layer of an untrained set: one way of choosing, and no further controls.
    var unitsOfUntrainedLayerAndTask: Int { units { heads(of: $0, 1) } }

    private func units(_ heads: (ProbeAxes) -> Int) -> Int {
        let folds = self.folds.isPredefined ? 1 : saturating(self.folds.count, self.folds.repeats)
        return saturating(folds, probes.reduce(0) { adding($0, heads($1)) })
    }

    /// - Parameter ways: Protocols and controls, for methods that train on rows.
    private func heads(of axes: ProbeAxes, _ ways: Int) -> Int {
        let options = ProbeVocabulary.options(of: axes.type).map { axes.options[$0.name]?.count ?? 1 }
        let configurations = options.reduce(1, saturating)
        guard axes.methods.contains(where: { type(of: $0).usesTrainingRows }) else { return configurations }
        return saturating(configurations, saturating(ways, saturating(amountsDrawn, seeds)))
    }

    /// Amounts of shots, each as often as it is drawn.
    private var amountsDrawn: Int {
        shots.reduce(0) { sum, shots in adding(sum, shots.map { draws(of: $0) } ?? 1) }
    }
}

/// The product, or `Int.max` where it is larger.
func saturating(_ first: Int, _ second: Int) -> Int {
    let (product, overflows) = first.multipliedReportingOverflow(by: second)
    return overflows ? .max : product
}

private func adding(_ first: Int, _ second: Int) -> Int {
    let (sum, overflows) = first.addingReportingOverflow(second)
    return overflows ? .max : sum
}
