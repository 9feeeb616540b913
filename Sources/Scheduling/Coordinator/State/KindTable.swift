import Identities

/// A kind's index in the ``KindTable``.
typealias KindIndex = UInt16

/// What is known of each kind of unit: how far its predictions are off.
struct KindTable: Sendable, Codable {
    private var kinds: [CostKind] = []
    private var corrections: [CostCorrection] = []
    /// The factor of each correction.
    private(set) var factors: [Double] = []
    private var indices: [CostKind: KindIndex] = [:]

    /// - Parameter known: what earlier coordinators learned.
    init(_ known: [CostKind: CostCorrection] = [:]) {
        for (kind, correction) in known.sorted(by: { $0.key.text < $1.key.text }) {
            let index = insert(kind)
            corrections[Int(index)] = correction
            factors[Int(index)] = correction.factor
        }
    }

    mutating func insert(_ kind: CostKind) -> KindIndex {
        if let known = indices[kind] { return known }
        // Kinds are probes and solvers, of which there are dozens; any overflow shares the last index.
        guard kinds.count < Int(KindIndex.max) else { return .max - 1 }
        let index = KindIndex(kinds.count)
        kinds.append(kind)
        corrections.append(CostCorrection())
        factors.append(1)
        indices[kind] = index
        return index
    }

    /// What was learned, by kind.
    var known: [CostKind: CostCorrection] {
        Dictionary(uniqueKeysWithValues: zip(kinds, corrections).filter { $1.units > 0 })
    }

    mutating func learn(_ kind: KindIndex, predicted: Double, measured: Double) {
        let place = Int(kind)
        corrections[place].learn(predicted: predicted, measured: measured)
        factors[place] = corrections[place].factor
    }
}

/// Predicted seconds of some units, per kind, so that a new correction applies to all of them at once.
struct CostSum: Sendable, Codable {
    private struct Part: Sendable, Codable {
        var kind: KindIndex
        var cost: Double
        var units: Int
    }

    private var parts: [Part] = []

    mutating func add(_ cost: Double, of kind: KindIndex) {
        if let place = parts.firstIndex(where: { $0.kind == kind }) {
            parts[place].cost += cost
            parts[place].units += 1
        } else {
            parts.append(Part(kind: kind, cost: cost, units: 1))
        }
    }

    /// Removes what was added.
    mutating func subtract(_ cost: Double, of kind: KindIndex) {
        guard let place = parts.firstIndex(where: { $0.kind == kind }) else { return }
        parts[place].cost = max(0, parts[place].cost - cost)
        parts[place].units -= 1
        // Resets the drift of floating-point sums once no units are left.
        if parts[place].units == 0 { parts.remove(at: place) }
    }

    /// Seconds on a worker of speed 1, corrected by what is known of each kind.
    func seconds(_ kinds: KindTable) -> Double {
        parts.reduce(0) { $0 + $1.cost * kinds.factors[Int($1.kind)] }
    }

    var isEmpty: Bool { parts.isEmpty }
}
