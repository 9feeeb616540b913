import Foundation
import Testing

@testable import Numerics

@Suite("Limits of the machine")
struct MachineTests {
    @Test(
        "The smallest quota of a group and those above it counts, in processors",
        arguments: [
            ([], nil), ([[100_000]], nil), ([[-1, 100_000]], nil), ([[150_000, 100_000]], 1.5),
            ([[100_000], [400_000, 100_000], [50_000, 100_000]], 0.5),
        ] as [([[Double]], Double?)])
    func quota(_ pairs: [[Double]], _ expected: Double?) {
        #expect(MachineProcessors.quota(of: pairs) == expected)
    }

    @Test("A process may run on one processor at least")
    func count() {
        #expect(MachineProcessors.count >= 1)
    }
}
