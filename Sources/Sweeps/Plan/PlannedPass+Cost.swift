import Identities
import Probes
package import Training
import Units

extension PlannedPass {
    /// Sums over the units of this pass, without making them.
    package var cost: PassCost { cost(correctedBy: [:]) }

    /// The same with predictions corrected by finished units.
    ///
    /// - Parameter corrections: factors for the predicted seconds of units, by ``Unit/kind``.
    package func cost(correctedBy corrections: [String: Double]) -> PassCost {
        var cost = PassCost(units: units.count, parameters: 0, trainingMACs: 0, work: UnitWork(), bytes: 0)
        var readings: Set<Reading> = []
        var slots = 0.0
        for (place, block) in units.blocks.enumerated() {
            for (number, head) in block.heads.enumerated() {
                let count = units.count(ofHead: number, inBlock: place)
                guard count > 0 else { continue }
                let one = units.cost(of: head)
                cost.parameters += count * one.probe.parameters
                cost.trainingMACs += Double(count) * one.trainingMACs
                cost.work.add(one.work, times: Double(count) * (corrections[head.kind] ?? 1))
                slots += Double(count) * one.work.slotBytes
                guard let reading = head.solver.method.tokenReading, head.readsTokensEveryEpoch else { continue }
                readings.insert(Reading(samples: block.samples, batch: reading.batch, epochs: reading.epochs))
            }
        }
        cost.work.addArena(slots: slots)
        let shares = readings.reduce(0.0) { $0 + Double($1.epochs * $1.samples) / Double(max(1, samples)) }
        cost.bytes = Double(facts.bytes) * (1 + shares)
        return cost
    }

    /// Bytes of temporary space for the tokens that are computed of the layer before probes read them, 4·L·D a token: the
    /// most of any way of computing them, since they are computed one after the other. Nil where there is none.
    package var temporaryBytes: Double? {
        let levels = units.blocks.flatMap(\.heads).compactMap(\.probe.tokenSource).map { $0.levels?.count ?? 1 }
        let prefix = (facts.hasClassToken ? 1 : 0) + (facts.registers ?? 0)
        let tokens = (facts.meanTokens ?? Double(facts.tokens.upperBound)) + Double(prefix)
        return levels.max().map { 4 * Double($0 * facts.width) * tokens * Double(samples) }
    }

    /// Units with the same batches share one reading of the tokens.
    private struct Reading: Hashable {
        let samples: Int
        let batch: Int
        let epochs: Int
    }
}
