public import Identities

extension Coordinator {
    /// The pass of a unit that some sweep wants or wanted; nil for any other.
    public func pass(of unit: UnitKey) -> PassID? { units.index(of: unit).map { passes[units[$0].pass].id } }
}
