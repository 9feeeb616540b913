internal import CKernels
internal import Foundation

/// The instruction set of the kernels. A result is a function of its unit's key and the path.
package enum KernelPath: String, CaseIterable, Codable, Sendable {
    /// 128-bit vectors, no fused multiply–add: the same bits on every machine.
    case portable
    case avx2
    case avx512
    /// Products of bfloat16 pairs accumulated in F32 where tokens are bfloat16; elsewhere as `avx512`.
    case avx512bf16
    /// Products of bfloat16 tiles accumulated in F32 where tokens are bfloat16; elsewhere as `avx512`.
    case amx
    #if DEBUG
        /// `amx` on a software model of its registers, to test packing and edges on processors without tiles. For tests
        /// only: in no list of paths, not selectable, and absent from release builds.
        case amxModel
    #endif

    /// The paths that can be selected, slowest first.
    package static let allCases: [KernelPath] = [.portable, .avx2, .avx512, .avx512bf16, .amx]

    /// The number by which C knows the path.
    var index: Int32 {
        switch self {
        case .portable: Int32(CK_PORTABLE)
        case .avx2: Int32(CK_AVX2)
        case .avx512: Int32(CK_AVX512)
        case .avx512bf16: Int32(CK_AVX512_BF16)
        case .amx: Int32(CK_AMX)
        #if DEBUG
            case .amxModel: Int32(CK_AMX_MODEL)
        #endif
        }
    }

    /// Whether the path has bfloat16 products.
    package var hasBfloat16Products: Bool { bfloat16Kernels != nil }

    /// The path's functions for numbers rounded to bfloat16, if it has any.
    var bfloat16Kernels: ck_bfloat16_kernels? { ck_bfloat16_kernels_for(index)?.pointee }

    /// Why this machine cannot run the path; nil if it can.
    package var obstacle: String? {
        if isSupported { return nil }
        return ck_obstacle(index).map { String(cString: $0) } ?? "its processor lacks the instructions"
    }

    /// Whether this processor and its operating system offer the path's instructions.
    var isSupported: Bool { ck_supports(index) != 0 }

    /// The paths that this machine can run, slowest first.
    package static let available: [KernelPath] = allCases.filter(\.isSupported)

    /// The fastest path that this machine can run.
    package static func best() -> KernelPath {
        available[available.count - 1]
    }

    /// The path that `PROBESWEEP_KERNEL` names, or the best one if it names none.
    /// - Throws: `KernelPathError` if the name is unknown, or this machine cannot run that path.
    package static func fromEnvironment() throws(KernelPathError) -> KernelPath {
        guard let name = ProcessInfo.processInfo.environment["PROBESWEEP_KERNEL"], !name.isEmpty else { return best() }
        return try named(name)
    }

    /// The path of this name, if this machine can run it.
    static func named(_ name: String) throws(KernelPathError) -> KernelPath {
        guard let path = KernelPath(rawValue: name) else { throw .unknown(name) }
        guard available.contains(path) else { throw .unavailable(path) }
        return path
    }
}

/// A kernel path that is unknown or unavailable.
package enum KernelPathError: Error, Equatable, CustomStringConvertible {
    case unknown(String)
    case unavailable(KernelPath)

    package var description: String {
        let names = KernelPath.available.map(\.rawValue).joined(separator: ", ")
        return switch self {
        case .unknown(let name):
            "PROBESWEEP_KERNEL: “\(name)” is not a kernel path; this machine can run \(names)"
        case .unavailable(let path):
            """
            PROBESWEEP_KERNEL: this machine cannot run “\(path.rawValue)” \
            (\(path.obstacle ?? "it is for tests alone")); it can run \(names)
            """
        }
    }
}

/// The C kernels for elements of `S` on a path.
func kernels<S: Scalar>(for type: S.Type, on path: KernelPath) -> ck_kernels {
    ck_kernels_for(path.index, MemoryLayout<S>.size).pointee
}
