package import Identities

extension Coordinator {
    /// The pass of a unit that some sweep wants or wanted; nil for any other.
    package func pass(of unit: UnitKey) -> PassID? { units.index(of: unit).map { passes[units[$0].pass].id } }

    /// The kind of a unit of which no result has arrived; nil for any other.
    package func kindOfOpen(_ unit: UnitKey) -> CostKind? {
        guard let index = units.index(of: unit), ![.committing, .done].contains(units[index].state) else { return nil }
        return kinds[units[index].kind]
    }
}
