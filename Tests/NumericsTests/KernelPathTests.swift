import TestKit
import Testing

@testable import Numerics

extension KernelPath {
    /// The paths that this machine can run, and tiles in software where it can run the rest of that path.
    static let tested: [KernelPath] = available + [.amxModel].filter(\.isSupported)
    /// Those of them that multiply numbers rounded to bfloat16.
    static let rounding: [KernelPath] = tested.filter(\.hasBfloat16Products)
}

extension Trait where Self == ConditionTrait {
    /// There are no such products in software: without a path that has them nothing can be compared.
    static var needsRoundingPath: Self {
        .enabled(if: !KernelPath.rounding.isEmpty, "no kernel path here has products of bfloat16")
    }
}

@Suite("Kernel paths")
struct KernelPathTests {
    @Test(
        "Kernels are tested on every path",
        .enabled(if: KernelPath.missing == nil, "\(KernelPath.missing ?? "")"))
    func everyPath() {
        #expect(KernelPath.available == KernelPath.allCases)
    }

    @Test("A path that this machine can run is selected by name", arguments: KernelPath.available)
    func named(path: KernelPath) throws {
        #expect(try KernelPath.named(path.rawValue) == path)
    }

    @Test("The best path is the last of those that this machine can run")
    func best() {
        #expect(KernelPath.best() == KernelPath.allCases.last { $0.isSupported })
    }

    private static let refusable = KernelPath.allCases.filter { !$0.isSupported }

    @Test(
        "A path that this machine cannot run is rejected with its name, the reason and the alternatives",
        .enabled(if: !refusable.isEmpty, "this machine has every kernel path"), arguments: refusable)
    func refused(path: KernelPath) {
        let error = #expect(throws: KernelPathError.unavailable(path)) { try KernelPath.named(path.rawValue) }
        let message = error?.description ?? ""
        #expect(message.contains("“\(path.rawValue)” (") && message.hasSuffix("it can run \(Self.choices)"))
    }

    @Test("An unknown path is rejected with the alternatives")
    func unknown() {
        let error = #expect(throws: KernelPathError.unknown("avx1024")) { try KernelPath.named("avx1024") }
        #expect(error?.description.hasSuffix("this machine can run \(Self.choices)") == true)
    }

    @Test("The model of tiles cannot be selected")
    func model() {
        #expect(!KernelPath.allCases.contains(.amxModel) && KernelPath.best() != .amxModel)
        #expect(throws: KernelPathError.unavailable(.amxModel)) { try KernelPath.named("amxModel") }
    }

    private static let choices = KernelPath.available.map(\.rawValue).joined(separator: ", ")
}
