package import Identities

extension Coordinator {
    /// The pass of a unit that some sweep wants or wanted; nil for any other.
    package func pass(of unit: UnitKey) -> PassID? { units.index(of: unit).map { passes[units[$0].pass].id } }

    /// How long units took since this coordinator started, by kind: of each unit the first result that counts.
    package var unitSeconds: [UnitSeconds] { kinds.measured }
}
