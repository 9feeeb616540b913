import Numerics
import Probes
import Testing

@testable import Training

@Suite("The memory in which a head works")
struct HeadWorkspaceTests {
    private static let gradientTypes = ProbeCatalog.types.filter { $0 is any GradientProbe.Type }.map { $0.name }
    private static let shapes = [
        ProbeShape(width: 96, tokens: 4, classes: 3, hasClassToken: true),
        ProbeShape(width: 192, tokens: 16, classes: 1, hasClassToken: true),
        ProbeShape(width: 768, tokens: 196, classes: 1000, hasClassToken: true),
    ]

    private static func network(_ type: String, _ shape: ProbeShape) throws -> ProbeNetwork {
        let probe = try ProbeCatalog.probe(ProbeConfiguration(type: type), shape: shape)
        return ProbeNetwork(try #require(probe as? any GradientProbe))
    }

    private static func tokens(_ shape: ProbeShape, rounds: Bool) -> TokenExtent {
        TokenExtent(patch: shape.tokens.upperBound, all: shape.tokens.upperBound + 1, roundsReadings: rounds)
    }

    @Test(
        "is as large as planned, with readings in bfloat16 and without", arguments: gradientTypes, [false, true])
    func planned(_ type: String, rounds: Bool) throws {
        for shape in Self.shapes {
            let (network, tokens) = (try Self.network(type, shape), Self.tokens(shape, rounds: rounds))
            for capacity in [2, 33] {
                let extent = HeadWorkspace.extent(network, capacity: capacity, tokens: tokens)
                let block = Matrix<Float>(rows: 1, columns: extent)
                var layout = BlockLayout(of: block)
                let workspace = HeadWorkspace(network, capacity: capacity, tokens: tokens, in: &layout)
                #expect(layout.extent == extent)
                // All rows of all parts are there.
                #expect(workspace.context(capacity).rows == capacity)
                #expect(workspace.attention?.queries(capacity).count == network.attentionQueries)
            }
        }
    }

    @Test("A chunk's heads fill the block that was planned for the chunk", arguments: [false, true])
    func chunk(rounds: Bool) throws {
        let shape = Self.shapes[1]
        let tokens = Self.tokens(shape, rounds: rounds)
        let networks = try Self.gradientTypes.map { try Self.network($0, shape) }
        let extents = networks.map { HeadWorkspace.extent($0, capacity: 8, tokens: tokens) }
        let plan = ChunkPlan(extents: extents, limit: extents.reduce(0, +) / 3)
        #expect(plan.chunks.count > 1)
        let block = Matrix<Float>(rows: 1, columns: plan.extent)
        let filled = plan.chunks.map { chunk in
            var layout = BlockLayout(of: block)
            for network in networks[chunk] {
                _ = HeadWorkspace(network, capacity: 8, tokens: tokens, in: &layout)
            }
            return layout.extent
        }
        #expect(filled.max() == plan.extent)
    }

    @Test("A block of one element less is refused by the name of the part that does not fit")
    func tooSmall() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let shape = HeadWorkspaceTests.shapes[0]
            let (network, tokens) = (
                try HeadWorkspaceTests.network("efficient", shape), HeadWorkspaceTests.tokens(shape, rounds: false)
            )
            let extent = HeadWorkspace.extent(network, capacity: 8, tokens: tokens)
            let block = Matrix<Float>(rows: 1, columns: extent - 1)
            var layout = BlockLayout(of: block)
            _ = HeadWorkspace(network, capacity: 8, tokens: tokens, in: &layout)
        }
        #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("attention: bytes"))
    }
}

extension ProbeNetwork {
    /// M, nil for probes that do not attend.
    fileprivate var attentionQueries: Int? {
        guard case .attention(let demand) = probe.reading else { return nil }
        return demand.queries
    }
}
