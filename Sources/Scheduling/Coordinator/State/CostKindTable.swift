import Identities

/// A kind's index in the ``CostKindTable``.
typealias CostKindIndex = UInt16

/// For each kind of unit, how far its predictions are off, and how long its units took.
struct CostKindTable: Sendable, Codable {
    private var kinds: [CostKind] = []
    private var corrections: [CostCorrection] = []
    /// The factor of each correction.
    private(set) var factors: [Double] = []
    private var unitSeconds: [UnitSeconds] = []
    private var indices: [CostKind: CostKindIndex] = [:]

    /// - Parameter known: what earlier coordinators learned.
    init(_ known: [CostKind: CostCorrection] = [:]) {
        for (kind, correction) in known.sorted(by: { $0.key.text < $1.key.text }) {
            let index = insert(kind)
            corrections[Int(index)] = correction
            factors[Int(index)] = correction.factor
        }
    }

    mutating func insert(_ kind: CostKind) -> CostKindIndex {
        if let known = indices[kind] { return known }
        // Kinds are probes and solvers, of which there are dozens; any overflow shares the last index.
        guard kinds.count < Int(CostKindIndex.max) else { return .max - 1 }
        let index = CostKindIndex(kinds.count)
        kinds.append(kind)
        corrections.append(CostCorrection())
        factors.append(1)
        unitSeconds.append(UnitSeconds(kind))
        indices[kind] = index
        return index
    }

    subscript(_ index: CostKindIndex) -> CostKind { kinds[Int(index)] }

    /// What was learned, by kind.
    var known: [CostKind: CostCorrection] {
        Dictionary(uniqueKeysWithValues: zip(kinds, corrections).filter { $1.units > 0 })
    }

    mutating func learn(_ kind: CostKindIndex, predicted: Double, measured: Double) {
        let index = Int(kind)
        corrections[index].learn(predicted: predicted, measured: measured)
        factors[index] = corrections[index].factor
    }

    /// Of the kinds of which a unit has finished, by name.
    var measured: [UnitSeconds] {
        unitSeconds.filter { $0.counts.contains { $0 > 0 } }.sorted { $0.kind.text < $1.kind.text }
    }

    mutating func count(_ seconds: Double, of kind: CostKindIndex) { unitSeconds[Int(kind)].add(seconds) }
}

/// Predicted seconds of some units, per kind, so that a new correction applies to all of them at once.
struct CostSum: Sendable, Codable {
    private struct Part: Sendable, Codable {
        var kind: CostKindIndex
        var cost: Double
        var units: Int
    }

    private var parts: [Part] = []

    mutating func add(_ cost: Double, of kind: CostKindIndex) {
        change(kind) { part in
            part.cost += cost
            part.units += 1
        }
    }

    /// Removes what was added.
    mutating func subtract(_ cost: Double, of kind: CostKindIndex) {
        change(kind) { part in
            part.cost = max(0, part.cost - cost)
            part.units -= 1
        }
    }

    mutating func add(_ other: CostSum) {
        for part in other.parts {
            change(part.kind) { sum in
                sum.cost += part.cost
                sum.units += part.units
            }
        }
    }

    /// Removes a sum that was added, or whose summands were.
    mutating func subtract(_ other: CostSum) {
        for part in other.parts {
            change(part.kind) { sum in
                sum.cost = max(0, sum.cost - part.cost)
                sum.units -= part.units
            }
        }
    }

    private mutating func change(_ kind: CostKindIndex, _ body: (inout Part) -> Void) {
        let index = parts.firstIndex { $0.kind == kind } ?? parts.endIndex
        if index == parts.endIndex { parts.append(Part(kind: kind, cost: 0, units: 0)) }
        body(&parts[index])
        // Resets the drift of floating-point sums once no units are left.
        if parts[index].units <= 0 { parts.remove(at: index) }
    }

    /// Seconds on a worker of speed 1, corrected by each kind's factor.
    func seconds(_ kinds: CostKindTable) -> Double {
        parts.reduce(0) { $0 + $1.cost * kinds.factors[Int($1.kind)] }
    }

    var isEmpty: Bool { parts.isEmpty }
}
