import Numerics
import Sweeps
import Testing

@testable import Cluster

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
        #expect(message.hasPrefix("a.yaml:2: kernel: \"\(path.rawValue)\" is a path that this machine does not have"))
        #expect(message.contains("it has portable"))
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
