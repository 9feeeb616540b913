import Foundation
import Sweeps
import Testing

/// A client's key admits any JSON: what comes so must be refused where a file of YAML would be.
@Suite("A submission as JSON")
struct BoundsTests {
    private static func source() throws -> SweepSource {
        let text = """
            features: /data/wordnet
            shots: [all, 5]
            probes: [knn, {type: efficient, queries: [4], output: [D, D/4]}, {type: mlp, hidden: [[64, 32]]}]
            """
        return SweepSource(
            specification: try SweepSpecification.read(text: text, file: "a.yaml"), facts: Samples.facts())
    }

    /// The submission with one value replaced, wherever JSON lets it be.
    private static func source(_ path: [JSONStep], _ value: Any) throws -> SweepSource {
        let json = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(source()))
        let changed = try JSONSerialization.data(withJSONObject: replaced(json, path[...], value))
        return try JSONDecoder().decode(SweepSource.self, from: changed)
    }

    enum JSONStep {
        case name(String)
        case index(Int)
    }

    private static func replaced(_ json: Any, _ path: ArraySlice<JSONStep>, _ value: Any) throws -> Any {
        switch path.first {
        case nil: return value
        case .name(let name)?:
            var object = try #require(json as? [String: Any])
            object[name] = try replaced(object[name] as Any, path.dropFirst(), value)
            return object
        case .index(let index)?:
            var list = try #require(json as? [Any])
            list[index] = try replaced(list[index], path.dropFirst(), value)
            return list
        }
    }

    @Test("is planned as it was read")
    func sound() throws {
        #expect(try Self.source().plan().unitCount > 0)
        #expect(try Self.source([.name("specification"), .name("draws")], 2).plan().unitCount > 0)
    }

    @Test(
        "is refused with the field if a number is out of its bounds",
        arguments: [
            ("folds.count", [JSONStep.name("folds"), .name("count")], -5),
            ("folds.repeats", [.name("folds"), .name("repeats")], -1),
            ("folds.repeats", [.name("folds"), .name("repeats")], 1_000_000_000),
            ("folds.seed", [.name("folds"), .name("seed")], -7),
            ("draws", [.name("draws")], 0),
            ("selection.fraction", [.name("selection"), .name("fraction")], 7),
            ("seed", [.name("seed")], -1),
            ("seed", [.name("seed")], .max),
        ])
    func numbers(_ field: String, _ path: [JSONStep], _ value: Int) throws {
        let source = try Self.source([.name("specification")] + path, value)
        let error = #expect(throws: SpecificationError.self) { try source.plan() }
        #expect(error?.problems.map(\.field) == [field])
    }

    @Test("is refused if a probe's option counts more than any machine holds")
    func options() throws {
        let path: [JSONStep] = [.name("specification"), .name("probes"), .index(1), .name("options"), .name("queries")]
        let source = try Self.source(path, [1 << 62])
        let error = #expect(throws: SpecificationError.self) { try source.plan() }
        #expect(error?.problems.first?.field == "probes[1].queries")
    }

    @Test(
        "is refused with the fact if no feature set can have it",
        arguments: [
            ("layers[0].width", [JSONStep.name("layers"), .index(0), .name("width")], 1 << 62),
            ("layers[0].width", [.name("layers"), .index(0), .name("width")], 0),
            ("layers[0].bytes", [.name("layers"), .index(0), .name("bytes")], -1),
            ("samples", [.name("samples")], -3),
            ("randomWeights", [.name("randomWeights")], 1 << 60),
            ("tasks[lexname].classes", [.name("tasks"), .index(0), .name("classes")], 1 << 40),
            ("tasks[lexname].samples", [.name("tasks"), .index(0), .name("samples")], 1 << 50),
        ])
    func facts(_ field: String, _ path: [JSONStep], _ value: Int) throws {
        let source = try Self.source([.name("facts"), .name("sets"), .index(0)] + path, value)
        let error = #expect(throws: SpecificationError.self) { try source.plan() }
        #expect(error?.problems.contains { $0.field == "facts.sets[0].\(field)" } == true)
    }

    @Test("is refused with the number of its units if it asks for too many, before any is made")
    func units() throws {
        let values = (1...1000).map(String.init).joined(separator: ", ")
        let text = """
            features: /data/wordnet
            folds: {count: 10, repeats: 10000}
            probes: [{type: efficient, queries: [\(values)], output: [\(values)]}]
            """
        let specification = try SweepSpecification.read(text: text, file: "a.yaml")
        let error = #expect(throws: SpecificationError.self) { try Plan.make(specification, Samples.facts()) }
        #expect(error?.problems.map(\.field) == ["probes"])
        #expect(error?.problems.first?.reason == "ask for 700000000000 units, and a sweep may have 5000000.")
        let small = try Self.source()
        let count = try small.plan().unitCount
        #expect(throws: Never.self) { try small.plan(within: SweepBounds(units: count)) }
        #expect(throws: SpecificationError.self) { try small.plan(within: SweepBounds(units: count - 1)) }
    }
}
