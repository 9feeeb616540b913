internal import CKernels
internal import Foundation

/// Which instructions the kernels use. A result is a function of its unit's key and of this.
public enum KernelPath: String, CaseIterable, Codable, Sendable {
    /// 128-bit vectors, no fused multiply–add: the same bits on every machine.
    case portable
    case avx2
    case avx512
    /// Products of bfloat16 pairs accumulated in F32 where tokens are bfloat16; elsewhere as `avx512`.
    case avx512bf16
    /// Tiles of bfloat16 accumulated in F32.
    case amx

    /// The number by which C knows the path.
    var index: Int32 {
        switch self {
        case .portable: Int32(CK_PORTABLE)
        case .avx2: Int32(CK_AVX2)
        case .avx512: Int32(CK_AVX512)
        case .avx512bf16: Int32(CK_AVX512_BF16)
        case .amx: Int32(CK_AMX)
        }
    }

    /// Whether the path multiplies bfloat16 numbers as such.
    public var hasBfloat16Products: Bool { ck_bfloat16_products(index) != nil }

    /// The paths that this machine can run, slowest first.
    public static let available: [KernelPath] = allCases.filter { ck_supports($0.index) != 0 }

    /// The fastest path that this machine can run.
    public static func best() -> KernelPath {
        available[available.count - 1]
    }

    /// The path that `PROBESWEEP_KERNEL` names, or the best one if it names none.
    /// - Throws: `KernelPathError` if the name is unknown, or this machine cannot run that path.
    public static func fromEnvironment() throws(KernelPathError) -> KernelPath {
        guard let name = ProcessInfo.processInfo.environment["PROBESWEEP_KERNEL"], !name.isEmpty else { return best() }
        guard let path = KernelPath(rawValue: name) else { throw .unknown(name) }
        guard available.contains(path) else { throw .unavailable(path) }
        return path
    }
}

/// A kernel path that cannot be had.
public enum KernelPathError: Error, Equatable, CustomStringConvertible {
    case unknown(String)
    case unavailable(KernelPath)

    public var description: String {
        let names = KernelPath.available.map(\.rawValue).joined(separator: ", ")
        return switch self {
        case .unknown(let name):
            "PROBESWEEP_KERNEL: “\(name)” is no kernel path; this machine can run \(names)"
        case .unavailable(let path):
            "PROBESWEEP_KERNEL: this machine cannot run “\(path.rawValue)”; it can run \(names)"
        }
    }
}

extension KernelPath {
    /// Multiplies and adds from registers alone, in this path's widest and narrowest-typed way, and gives the
    /// floating-point operations done: timed, the peak of the arithmetic units.
    public func exhaustArithmetic(rounds: Int) -> Double {
        var result: Float = 0
        return ck_peak(index, rounds, &result)
    }
}

/// The C kernels for elements of `S` on a path.
func kernels<S: Scalar>(for type: S.Type, on path: KernelPath) -> ck_kernels {
    ck_kernels_for(path.index, MemoryLayout<S>.size).pointee
}
