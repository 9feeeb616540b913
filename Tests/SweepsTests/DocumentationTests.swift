import Foundation
import Metrics
import Probes
import Sweeps
import Testing
import Training
import Units

@Suite("docs/sweeps.md")
struct DocumentationTests {
    private static let text: String = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return (try? String(contentsOf: root.appending(path: "docs/sweeps.md"), encoding: .utf8)) ?? ""
    }()

    /// The YAML blocks of the page, in order.
    private static let blocks = text.components(separatedBy: "```yaml\n").dropFirst().map {
        $0.components(separatedBy: "```")[0]
    }

    @Test("shows the defaults that a specification gets")
    func defaults() throws {
        let standard = try SweepSpecification.read(text: "features: /data/example", file: "example.yaml")
        #expect(Self.blocks.contains(standard.yaml))
    }

    @Test("shows probes that can be read")
    func probes() throws {
        let block = try #require(Self.blocks.first { $0.hasPrefix("probes:") })
        let specification = try SweepSpecification.read(text: "features: /data/example\n" + block, file: "a.yaml")
        #expect(specification.probes.count == 8)
    }

    @Test("names every probe, metric, loss and section of a method that there is")
    func catalogues() {
        let names =
            ProbeCatalog.types.map { $0.name } + Metrics.catalogue.map(\.name) + Loss.allCases.map(\.rawValue)
            + MethodCatalog.methods.compactMap { $0.section }
        #expect(names.filter { !Self.text.contains("`\($0)`") } == [])
    }

    @Test("names every sample specification, and every sample can be read")
    func samples() throws {
        let folder = URL(filePath: Samples.path("quick")).deletingLastPathComponent().path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
        #expect(!files.isEmpty)
        for file in files {
            #expect(Self.text.contains("`sweeps/\(file)`"))
            #expect(throws: Never.self) { try SweepSpecification.read(file: "\(folder)/\(file)") }
        }
    }
}
