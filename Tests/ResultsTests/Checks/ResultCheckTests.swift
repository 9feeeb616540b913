import Foundation
import Identities
import Metrics
import Sweeps
import TestKit
import Testing
import Units

@testable import Results

@Suite("The check of a reported result")
struct ResultCheckTests {
    private static let zeros = String(repeating: "0", count: 64)

    private func problem(_ json: String, samples: Int? = SampleResult.samples) -> String? {
        ResultCheck().problem(in: Array(json.utf8), of: SampleResult.digest, samples: samples)
    }

    private func isScanned(_ json: String, samples: Int? = SampleResult.samples) -> Bool {
        Data(json.utf8).withUnsafeBytes {
            ResultScan($0, of: SampleResult.digest, samples: samples) != nil
        }
    }

    @Test("accepts valid results, and scans the form that workers write without decoding it")
    func sound() throws {
        for change: (inout UnitResult) -> Void in [
            { _ in }, { $0.metrics = [:] }, { $0.candidateScores = [] }, { $0.choice = [:] },
            { $0.trainingSamples = 0 }, { $0.trainingSamples = 90 }, { $0.metrics["top1"] = 1.000_000_000_000_000_2 },
            { $0.metrics["mean-squared-error"] = 1e77 }, { $0.metrics["groups-skipped"] = 3 },
            { $0.parameters = 1 << 53 }, { $0.trainingMACs = 0 }, { $0.diagnostics = nil }, { $0.observations = nil },
            { $0.diagnostics = TrainingDiagnostics() }, { $0.observations = TestObservations() },
            { $0.diagnostics?.edges = ["rate": .lowest, "penalty": .highest] }, { $0.observations?.chance = -2e5 },
        ] {
            let json = try SampleResult.json(SampleResult.make(SampleResult.key, change))
            #expect(problem(json) == nil)
            #expect(isScanned(json), "\(json)")
        }
    }

    @Test("accepts valid results in other forms by decoding them")
    func otherForms() throws {
        for change: (inout UnitResult) -> Void in [
            { $0.provenance.host = #"a "quoted"/ü"# }, { $0.metrics["top3"] = 0.5 }, { $0.provenance.attempt = .max },
        ] {
            let json = try SampleResult.json(SampleResult.make(SampleResult.key, change))
            #expect(!isScanned(json))
            #expect(problem(json) == nil)
        }
    }

    @Test("knows every metric and count in results")
    func metrics() throws {
        for name in Metrics.catalogue.map(\.name) + Metrics.counts {
            let json = try SampleResult.json(SampleResult.make(SampleResult.key) { $0.metrics = [name: 1] })
            #expect(isScanned(json), "\(name)")
        }
    }

    @Test(
        "names the field, the value and what was expected",
        arguments: [
            ("trainingSamples", "9223372036854775807", "trainingSamples is 9223372036854775807, expected 0 to 100"),
            ("trainingSamples", "-1", "trainingSamples is -1, expected 0 to 100"),
            ("trainingSamples", "91", "trainingSamples + testSamples is 101, expected at most 100"),
            ("testSamples", "0", "testSamples is 0, expected 1 to 100"),
            ("top1", "1e200", "metrics.top1 is 1e+200, expected 0 to 1"),
            ("top1", "-0.1", "metrics.top1 is -0.1, expected 0 to 1"),
            ("r2", "1.5", "metrics.r2 is 1.5, expected 1 or less"),
            ("r2", "-1e200", "metrics.r2 is -1e+200, expected 1 or less"),
            ("learningRate", "1e200", "choice.learningRate is 1e+200, expected at most 1e+100"),
            ("parameters", "-5", "parameters is -5, expected 0 to 9007199254740992"),
            ("trainingMACs", "-1", "trainingMACs is -1.0, expected 0 to 1e+30"),
            ("seconds", "1e300", "provenance.seconds is 1e+300, expected 0 to 1000000000000.0"),
            ("threads", "-1", "provenance.threads is -1, expected 0 to 2147483647"),
            ("testSamples", "\"ten\"", "testSamples has a value of the wrong type"),
            ("innerRows", "-1", "diagnostics.innerRows is -1, expected 0 to 2147483647"),
            ("steps", "3000000000", "diagnostics.steps is 3000000000, expected 0 to 2147483647"),
            ("extensions", "70000", "diagnostics.extensions is 70000, expected 0 to 65535"),
            ("innerScore", "1e200", "diagnostics.innerScore is 1e+200, expected at most 1e+100"),
            ("trainingScore", "-1e200", "diagnostics.trainingScore is -1e+200, expected at most 1e+100"),
            ("isCutOff", "1", "diagnostics.isCutOff has a value of the wrong type"),
            ("chosenBy", "\"luck\"", "diagnostics.chosenBy cannot be read"),
            ("edges", "{\"rate\":\"middle\"}", "diagnostics.edges.rate cannot be read"),
            ("losses", "[1e200]", "diagnostics.losses has 1e+200, expected at most 1e+100"),
            ("diverged", "[-1]", "diagnostics.diverged has -1, expected 0 to 65535"),
            ("candidates", "{\"a\":[1e200]}", "diagnostics.candidates.a has 1e+200, expected at most 1e+100"),
            ("chance", "1e200", "observations.chance is 1e+200, expected at most 1e+100"),
            ("leastPositives", "101", "observations.leastPositives is 101, expected 0 to 100"),
            ("key", "\"\(zeros)\"", "key is \(zeros), expected \(SampleResult.digest)"),
            ("key", "\"12\"", "key cannot be read"),
        ])
    func sentences(member: String, value: String, expected: String) throws {
        let json = try SampleResult.json(member, as: value)
        #expect(problem(json) == expected)
        #expect(!isScanned(json))
    }

    @Test(
        "rejects bytes that are not a result",
        arguments: ["", "junk", "{}", "[]", "null", "{\"key\":", "[[[[[[[[", "\u{1}\u{2}", "1e999"])
    func junk(payload: String) { #expect(problem(payload) != nil) }

    @Test("names missing and unknown fields, with control characters escaped")
    func names() throws {
        let json = try SampleResult.json()
        #expect(problem(json.replacing("testSamples", with: "testSample")) == "testSamples is missing")
        let strange = try SampleResult.json(SampleResult.make(SampleResult.key) { $0.metrics["\u{1B}[2Jx"] = 1 })
        #expect(problem(strange) == #"metrics.\u{1B}[2Jx is 1.0, but there is no such metric"#)
    }

    @Test("refuses unknown metrics, endless reasons and endless names in what is said of a result")
    func texts() throws {
        for (change, expected) in [
            ({ $0.observations?.undefined = ["luck": "none"] }, "observations.undefined.luck"),
            (
                { $0.observations?.undefined = ["r2": String(repeating: "x", count: 1001)] },
                "observations.undefined.r2 has 1001 bytes, expected at most 1000"
            ),
            (
                { $0.diagnostics?.undefined = String(repeating: "x", count: 1001) },
                "diagnostics.undefined has 1001 bytes, expected at most 1000"
            ),
            (
                { $0.diagnostics?.edges = [String(repeating: "x", count: 65): .lowest] },
                "diagnostics has a choice named x"
            ),
        ] as [((inout UnitResult) -> Void, String)] {
            let json = try SampleResult.json(SampleResult.make(SampleResult.key, change))
            #expect(problem(json)?.hasPrefix(expected) == true, "\(problem(json) ?? "none")")
            #expect(!isScanned(json))
        }
    }

    @Test("bounds counts by the size of arrays if the number of samples is unknown")
    func unknownSamples() throws {
        #expect(problem(try SampleResult.json("trainingSamples", as: "1000000"), samples: nil) == nil)
        #expect(problem(try SampleResult.json("trainingSamples", as: "2147483647"), samples: nil) != nil)
    }

    @Test("limits the size of its input")
    func large() {
        #expect(problem(String(repeating: " ", count: 2 << 20))?.contains("expected at most 1048576") == true)
        #expect(problem(String(repeating: "[", count: 1 << 19)) != nil)
    }

    @Test("accepts nothing by scanning that decoding would reject", arguments: 1...8 as ClosedRange<UInt64>)
    func agrees(seed: UInt64) throws {
        let corpus =
            try [SampleResult.json(), SampleResult.json(SampleResult.make { $0.candidateScores = [] })]
            + [SampleResult.json(SampleResult.make { ($0.diagnostics, $0.observations) = (nil, nil) })]
        var mutator = Mutator(corpus.map { Array($0.utf8) }, seed: seed)
        for _ in 0..<4_000 {
            let bytes = mutator.next()
            let json = String(decoding: bytes, as: UTF8.self)
            guard isScanned(json) else { continue }
            let read = ResultCheck().read(Data(bytes), of: SampleResult.digest, samples: SampleResult.samples)
            if case .failure(let unsound) = read { Issue.record("\(unsound.problem): \(json)") }
        }
    }

    @Test("leaves duplicate members to the decoder, which does not crash")
    func doubled() throws {
        let json = try SampleResult.json().replacing("\"top1\":", with: "\"top1\":0.25,\"top1\":")
        _ = problem(json)
        let twice = "\"testSamples\":5,\"testSamples\":"
        #expect(!isScanned(try SampleResult.json().replacing("\"testSamples\":", with: twice)))
    }
}

@Suite("The check of kept predictions")
struct PredictionCheckTests {
    private func problem(_ predictions: Data) throws -> String? {
        let payload = ResultPayload(result: Array(try SampleResult.json().utf8), predictions: Array(predictions)).bytes
        return ResultCheck().problem(in: payload, of: SampleResult.digest, samples: SampleResult.samples)
    }

    private func predictions(_ rows: [Int], outputs: Int = 2) -> Data {
        Predictions(rows: rows, outputs: outputs, scores: Array(repeating: 0.5, count: rows.count * outputs)).encoded
    }

    @Test("accepts predictions of the test fold")
    func sound() throws { #expect(try problem(predictions(Array(0..<10))) == nil) }

    @Test("rejects unreadable predictions, rows that are not of the test fold, and nonexistent rows")
    func unsound() throws {
        #expect(try problem(Data()) == "the predictions cannot be read")
        #expect(try problem(Data([1, 2, 3])) == "the predictions cannot be read")
        #expect(try problem(predictions(Array(0..<9))) == "the predictions have 9 rows, expected testSamples, 10")
        #expect(
            try problem(predictions(Array(0..<9) + [100])) == "the predictions have row 100, expected rows below 100")
        #expect(
            try problem(predictions(Array(0..<9) + [8])) == "the rows of the predictions are not in ascending order")
        #expect(
            try problem(predictions(Array(0..<10), outputs: 0))
                == "the predictions have 0 outputs a row, expected at least 1")
    }

    @Test("allocates no memory for sizes that the bytes only claim")
    func bomb() throws {
        var bomb = predictions(Array(0..<10))
        let (rows, outputs) = (UInt64(10), UInt64(50_000_000))
        for (place, number) in [(1, rows), (9, outputs), (17, 4 * rows * (outputs + 1))] {
            withUnsafeBytes(of: number.littleEndian) { bomb.replaceSubrange(place..<place + 8, with: $0) }
        }
        #expect(try problem(bomb) == "the predictions cannot be read")
    }
}
