import Numerics
import Sweeps
import Testing

@testable import Launch

@Suite("A local cluster")
struct LocalClusterTests {
    private static let missing = KernelPath.allCases.filter { !KernelPath.available.contains($0) }

    @Test(
        "A sweep that is pinned to a kernel path which this machine lacks is refused with its line and the choices",
        .enabled(if: !missing.isEmpty, "this machine has every kernel path"), arguments: missing)
    func missingKernel(path: KernelPath) throws {
        let specification = try SweepSpecification.read(
            text: "features: /set\nkernel: \(path.rawValue)\nprobes: [linear]", file: "a.yaml")
        let error = #expect(throws: SpecificationError.self) { try LocalCluster.checkKernels(for: specification) }
        let message = error?.description ?? ""
        let start = "a.yaml:2: kernel: \"\(path.rawValue)\" is a kernel path that this machine cannot run"
        #expect(message.hasPrefix(start))
        #expect(message.contains("it can run portable"))
    }

    @Test(
        "A sweep that is pinned to a kernel path of this machine, or to none, is taken",
        arguments: ["auto", "portable"])
    func presentKernel(kernel: String) throws {
        let specification = try SweepSpecification.read(
            text: "features: /set\nkernel: \(kernel)\nprobes: [linear]", file: "a.yaml")
        try LocalCluster.checkKernels(for: specification)
    }
}
