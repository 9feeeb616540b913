/// The numbers that Numerics computes with: `Float` in training, `Double` in tests and solvers.
///
/// No other type may conform: the C kernels are compiled for exactly these two, and distinguished by size.
package protocol Scalar: BinaryFloatingPoint, SIMDScalar, Sendable, Codable {}

extension Float: Scalar {}
extension Double: Scalar {}
