import Foundation
import Identities
import Testing
import Units

@testable import Results

@Suite("What tables read of stored results")
struct ResultReaderTests {
    private static func result(_ change: (inout UnitResult) -> Void = { _ in }) throws -> UnitResult {
        var result = try JSONDecoder().decode(UnitResult.self, from: Data(SampleResult.json().utf8))
        change(&result)
        return result
    }

    private static let everything: [ResultFields] = [[], .innerScores, .details, [.details, .provenance], .all]

    @Test("equals what decoding the whole result gives, bit for bit, in any form of JSON")
    func same() throws {
        let changes: [(inout UnitResult) -> Void] = [
            { _ in }, { $0.metrics = [:] }, { $0.metrics = ["ece": 0.1] }, { $0.choice = [:] },
            { $0.candidateScores = [] }, { $0.candidateScores = [.greatestFiniteMagnitude, 0.3, -0.1 - 0.2] },
            { $0.metrics = ["top1": 0.1 + 0.2, "top5": 1 / 3, "log-loss": .leastNonzeroMagnitude, "ece": 0] },
            { $0.metrics["top1"] = 0.123_456_789_012_345_68 }, { $0.trainingMACs = 1.7976931348623e29 },
            { $0.diagnostics = nil }, { $0.observations = nil }, { ($0.diagnostics, $0.observations) = (nil, nil) },
            { $0.diagnostics = TrainingDiagnostics() }, { $0.diagnostics?.undefined = "kein »Wert«" },
            { $0.diagnostics?.innerScore = nil }, { $0.diagnostics?.diverged = [0, 2, 9] },
            { $0.observations?.undefined = nil }, { $0.diagnostics?.isCutOff = true },
            { $0.provenance.seconds = 1e-7 }, { $0.provenance.host = "mäschine \"7\"/\u{1}" },
        ]
        for (index, change) in changes.enumerated() {
            let result = try Self.result(change)
            for format: JSONEncoder.OutputFormatting in [[], .sortedKeys, .prettyPrinted, .withoutEscapingSlashes] {
                let encoder = JSONEncoder()
                encoder.outputFormatting = format
                let json = try encoder.encode(result)
                for fields in Self.everything {
                    var reader = ResultReader(fields)
                    let read = json.withUnsafeBytes {
                        reader.read($0, of: result.key, metric: "top1", samples: SampleResult.samples)
                    }
                    #expect(read == .success(FoldResult(result, metric: "top1", fields: fields)), "\(index)")
                }
            }
        }
    }

    @Test("is rejected as the check of reports rejects it")
    func rejected() throws {
        let result = try Self.result()
        let other = UnitKey(words: 1, 2, 3, 4)
        let long = Data(try SampleResult.json().utf8)
        for json in [Data(), Data("junk".utf8), Data("{}".utf8), long.dropLast(), long + Data("x".utf8)] {
            var reader = ResultReader(.all)
            let read = json.withUnsafeBytes { reader.read($0, of: result.key, metric: "top1", samples: nil) }
            guard case .failure(let found) = read,
                case .failure(let expected) = ResultCheck().read(json, of: result.key, samples: nil)
            else {
                Issue.record("\(String(decoding: json.prefix(80), as: UTF8.self)) is taken")
                continue
            }
            #expect(found == expected)
        }
        var reader = ResultReader([])
        let read = long.withUnsafeBytes { reader.read($0, of: other, metric: "top1", samples: nil) }
        #expect((try? read.get()) == nil)
    }

    @Test("of a metric with more digits than a Double has is the nearest number")
    func manyDigits() throws {
        let result = try Self.result()
        let score = try #require(result.metrics["top1"])
        let text = try SampleResult.json()
        let long = text.replacing("\"top1\":\(score)", with: "\"top1\":0.5\(String(repeating: "0", count: 90))1")
        try #require(long != text)
        var reader = ResultReader([])
        let read = Data(long.utf8).withUnsafeBytes { reader.read($0, of: result.key, metric: "top1", samples: nil) }
        #expect(try read.get().score == 0.5)
    }

    @Test("of a metric that is there twice is what decoding takes")
    func twice() throws {
        let json = Data(try SampleResult.json().replacing("\"top1\":", with: "\"top1\":0.25,\"top1\":").utf8)
        let decoded = try JSONDecoder().decode(UnitResult.self, from: json)
        for fields in Self.everything {
            var reader = ResultReader(fields)
            let read = json.withUnsafeBytes { reader.read($0, of: decoded.key, metric: "top1", samples: nil) }
            #expect(try read.get().score == decoded.metrics["top1"])
        }
    }

    @Test("shares names and texts between results that have the same")
    func sharing() throws {
        var reader = ResultReader(.all)
        let changes: [(inout UnitResult) -> Void] = [
            { _ in }, { $0.metrics = ["ece": 0.5] }, { $0.provenance.worker = "another" }, { _ in },
            { $0.diagnostics?.edges = [:] }, { $0.diagnostics = nil }, { _ in },
        ]
        for change in changes {
            let result = try Self.result(change)
            let json = try JSONEncoder().encode(result)
            let read = json.withUnsafeBytes { reader.read($0, of: result.key, metric: "top1", samples: nil) }
            #expect(try read.get() == FoldResult(result, metric: "top1", fields: .all))
        }
    }
}

@Suite("Folds in JSON")
struct JSONFoldsTests {
    /// The members of a fold, for `JSONEncoder`.
    private struct Reference: Encodable {
        let key: UnitKey
        let repetition: Int
        let heldOut: Int
        let metrics: [String: Double]?
        let choice: [String: Double]?
        let trainingSamples: Int?
        let testSamples: Int?
        let provenance: Provenance?
        let draws: [Draw]?
        let reasonMissing: String?
        let chance: Double?
        let innerScore: Double?
        let trainingScore: Double?
        let steps: Int?

        struct Draw: Encodable {
            let draw: Int
            let seed: Int
            let innerScore: Double?
            let trainingScore: Double?
            let steps: Int?
            let key: UnitKey
            let metrics: [String: Double]?
            let choice: [String: Double]?
        }

        init(_ fold: ResultRow.Fold, _ options: TableOptions) {
            key = fold.key
            (repetition, heldOut) = (fold.reference.repetition, fold.reference.heldOut)
            let details = fold.result?.details
            let finding = fold.result?.finding
            (chance, innerScore) = (finding?.chance, finding?.innerScore)
            (trainingScore, steps) = (finding?.trainingScore, finding?.steps)
            (metrics, choice) = (details?.metrics.dictionary, details?.choice.dictionary)
            (trainingSamples, testSamples) = (fold.result?.trainingSamples, details?.testSamples)
            provenance = options.times ? details?.provenance : nil
            reasonMissing = fold.reasonMissing
            draws =
                fold.draws.isEmpty
                ? nil
                : fold.draws.map {
                    let details = $0.result?.details
                    return Draw(
                        draw: $0.draw, seed: $0.seed, innerScore: $0.result?.finding.innerScore,
                        trainingScore: $0.result?.finding.trainingScore, steps: $0.result?.finding.steps, key: $0.key,
                        metrics: details?.metrics.dictionary,
                        choice: details?.choice.dictionary)
                }
        }
    }

    @Test("are written as JSONEncoder writes them", arguments: [false, true])
    func encoder(_ times: Bool) throws {
        var folds = try ResultTable.make(SampleResults.cells(), against: .parameters).blocks[0].rows[0].folds
        let texts = ["died\n\"here\"\t\\", "\u{1B}]0;title\u{7}", "", "a/b é 🎛", "\u{2028}"]
        for text in texts {
            var fold = folds[0]
            (fold.result, fold.reasonMissing) = (nil, text)
            folds.append(fold)
        }
        var drawn = folds[0]
        drawn.draws = [
            ResultRow.Draw(draw: 0, seed: 7, key: drawn.key, result: drawn.result),
            ResultRow.Draw(draw: 1, seed: 8, key: drawn.key, result: nil),
        ]
        let provenance = drawn.result?.details?.provenance
        drawn.result?.details = FoldDetails(
            metrics: NamedNumbers([
                "a": 1, "b": -0.0, "c": 1e300, "d": 0.1 + 0.2, "é\"": .leastNonzeroMagnitude, "f": 1e16,
            ]),
            choice: NamedNumbers([:]), testSamples: 3, provenance: provenance)
        folds.append(drawn)
        let options = TableOptions(times: times)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let reference = folds.map { Reference($0, options) }
        for folds in [folds, []] {
            let part = folds.isEmpty ? [] : reference
            let text = String(decoding: try encoder.encode(part), as: UTF8.self)
            // Empty objects have an empty line, which is not indented.
            let indented = text.replacing("\n", with: "\n    ").replacing("\n    \n", with: "\n\n")
            #expect(JSONFolds.text(folds, options) == indented)
        }
    }

    @Test("A CSV has what folds chose where it is asked for, and then where it always had it")
    func choices() throws {
        let table = ResultTable.make(try SampleResults.cells(), against: .parameters)
        let plain = table.rendered(as: .csv).split(separator: "\r\n").map { $0.split(separator: ",") }
        let full = table.rendered(as: .csv, options: TableOptions(choices: true)).split(separator: "\r\n")
            .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(!plain[0].contains("choice"))
        let place = try #require(full[0].firstIndex(of: "choice"))
        #expect(full[0][place - 1] == "best" && full[0].count == plain[0].count + 1)
        #expect(full.contains { $0[place].contains("epoch=7|8|9") })
    }
}
