import Digests
import Foundation
import Identities
import Probes
import Sweeps
import Testing
import Training
import Units

/// What earlier versions wrote into ledgers and what they planned must be read, and found again, by this one.
@Suite("Bytes that ledgers keep")
struct StabilityTests {
    private static let text = """
        name: every-method
        features: /data/wordnet
        layers: [2, 5]
        folds: {count: 3, repeats: 2, seed: 7}
        selection: {method: folds, folds: 4}
        protocol: both
        shots: [5, 10%, all]
        class-weights: balanced
        seed: 11
        training: {recipe: published}   # the only recipe that earlier versions had
        probes:
          - {type: linear, input: [class, mean]}
          - {type: linear, training: {optimizer: lars, shuffle: {block: 32}}}
          - {type: linear, solver: logistic, logistic: {penalties: [1, 0.5]}}
          - {type: dinov2, layers: [1, 2], solver: logistic}
          - {type: knn, knn: {neighbours: [20, 5], similarity: inner}}
          - {type: mlp, hidden: [[512], [256, 128]]}
          - {type: efficient, queries: [4, 16], output: [D, D/2]}
        """

    @Test("The keys of a sweep are those of version 3 of the units' protocol")
    func keys() throws {
        let specification = try SweepSpecification.read(text: Self.text, file: "a.yaml")
        let plan = try Plan.make(specification, Samples.facts())
        var hash = SHA256()
        for pass in plan.passes { for unit in pass.units { hash.update(unit.key.bytes) } }
        #expect(hash.finalize().hexadecimal == "f8af371b025db09bc5397066f6dcbb27a3a269b1b44918672270a9d85f5c9413")
    }

    private static let stored = #"""
        [\#
        {"method":{"gradient":{"_0":{"batch":256,"beta2":0.999,"epochs":20,"learningRates":[0.0003,0.001,\#
        0.003,0.01],"momentum":0.9,"optimizer":"adamw","trust":0,"warmup":2,"weightDecays":[0.05]}}},\#
        "options":{"input":["class","mean"]},"type":"linear"},\#
        {"method":{"gradient":{"_0":{"batch":256,"beta2":0,"epochs":20,"learningRates":[0.03,0.1,0.3,1],\#
        "momentum":0.9,"optimizer":"lars","shuffle":{"block":32,"window":16},"trust":0.001,"warmup":2,\#
        "weightDecays":[0]}}},"options":{"input":["mean"]},"type":"linear"},\#
        {"method":{"logistic":{"_0":{"gap":1e-05,"maximumIterations":1000,"penalties":[0.5,1],\#
        "tolerance":0.0001}}},"options":{"input":["mean"]},"type":"linear"},\#
        {"method":{"logistic":{"_0":{"gap":1e-05,"maximumIterations":1000,"penalties":[0.001,0.01,0.1,1,10,\#
        100,1000],"tolerance":0.0001}}},"options":{"input":["class"],"layers":[1,2]},"type":"dinov2"},\#
        {"method":{"neighbours":{"_0":{"neighbours":[5,20],"similarity":"inner","temperatures":[0.07]}}},\#
        "options":{"input":["mean"]},"type":"knn"},\#
        {"method":{"gradient":{"_0":{"batch":256,"beta2":0.999,"epochs":20,"learningRates":[0.0003,0.001,\#
        0.003,0.01],"momentum":0.9,"optimizer":"adamw","trust":0,"warmup":2,"weightDecays":[0.05]}}},\#
        "options":{"hidden":[[512],[256,128]],"input":["mean"]},"type":"mlp"},\#
        {"method":{"gradient":{"_0":{"batch":256,"beta2":0.999,"epochs":20,"learningRates":[0.0003,0.001,\#
        0.003,0.01],"momentum":0.9,"optimizer":"adamw","trust":0,"warmup":2,"weightDecays":[0.05]}}},\#
        "options":{"output":["D","D/2"],"queries":[4,16],"tokens":["patch"]},"type":"efficient"},\#
        {"method":{"ridge":{"_0":{"penalties":[0,1]}}},"options":{"input":["mean"]},"type":"linear"},\#
        {"method":{"nothing":{}},"options":{"input":["mean"],"weights":["classes"]},"type":"zeroshot"}\#
        ]
        """#

    @Test("A specification is read as it was stored, by earlier versions too")
    func specification() throws {
        let more = "  - {type: linear, solver: ridge, ridge: {penalties: [0, 1]}}\n  - zeroshot\n"
        let specification = try SweepSpecification.read(text: Self.text + "\n" + more, file: "a.yaml")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(specification.probes)
        #expect(try JSONDecoder().decode([ProbeAxes].self, from: data) == specification.probes)
        // As version 2 of the units' protocol stored it: without recipe, least steps, extensions and preparations.
        let before = try JSONDecoder().decode([ProbeAxes].self, from: Data(Self.stored.utf8))
        #expect(before.map(\.type) == specification.probes.map(\.type))
        let settings = try #require(before[0].methods.last as? GradientSettings)
        #expect(settings.minimumSteps == 0 && settings.extend == 0 && settings.recipe == nil)
        #expect(settings.learningRates == [0.0003, 0.001, 0.003, 0.01])
        #expect((before[2].methods.last as? LogisticSettings)?.extend == 0)
        #expect((before[7].methods.last as? RidgeSettings) == RidgeSettings(penalties: [0, 1], extend: 0))
    }
}
