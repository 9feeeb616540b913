import Foundation
import Identities
import Sweeps
import Units

/// Decodes results, a hundred thousand a second: a fast path for the JSON that workers write, and `JSONDecoder` for
/// anything else.
struct ResultDecoder {
    private let decoder = JSONDecoder()

    func decode(_ payload: Data) throws -> UnitResult {
        if let result = payload.withUnsafeBytes(Self.read) { return result }
        return try decoder.decode(UnitResult.self, from: payload)
    }

    /// Nil for anything but every member of a result once, in plain JSON.
    private static func read(_ bytes: UnsafeRawBufferPointer) -> UnitResult? {
        var scanner = JSONScanner(bytes)
        var text: [String: String] = [:]
        var numbers: [String: Double] = [:]
        var tables: [String: [String: Double]] = [:]
        var scores: [Double]?
        var provenance: Provenance?
        var diagnostics: TrainingDiagnostics?
        var observations: TestObservations?
        var members = 0
        let isWhole = scanner.object { scanner, name in
            members += 1
            switch name {
            case "diagnostics":
                diagnostics = scanner.diagnostics()
                return diagnostics != nil
            case "observations":
                observations = scanner.observations()
                return observations != nil
            case "key": text[name] = scanner.text()
            case "metrics", "choice": tables[name] = scanner.table()
            case "candidateScores": scores = scanner.list()
            case "trainingSamples", "testSamples", "parameters", "trainingMACs": numbers[name] = scanner.number()
            case "provenance": provenance = Self.provenance(&scanner)
            default: return false
            }
            return true
        }
        guard isWhole, scanner.isAtEnd, members == 9 + (diagnostics == nil ? 0 : 1) + (observations == nil ? 0 : 1),
            let key = text["key"].flatMap({ UnitKey($0) }),
            let metrics = tables["metrics"], let choice = tables["choice"], let scores, let provenance,
            let trainingSamples = numbers["trainingSamples"].flatMap({ Int(exactly: $0) }),
            let testSamples = numbers["testSamples"].flatMap({ Int(exactly: $0) }),
            let parameters = numbers["parameters"].flatMap({ Int(exactly: $0) }),
            let trainingMACs = numbers["trainingMACs"]
        else { return nil }
        return UnitResult(
            key: key, metrics: metrics, choice: choice, candidateScores: scores, trainingSamples: trainingSamples,
            testSamples: testSamples, parameters: parameters, trainingMACs: trainingMACs,
            diagnostics: diagnostics, observations: observations, provenance: provenance)
    }

    /// An object that is all there is.
    static func provenance(_ bytes: UnsafeRawBufferPointer) -> Provenance? {
        var scanner = JSONScanner(bytes)
        let provenance = provenance(&scanner)
        return scanner.isAtEnd ? provenance : nil
    }

    private static func provenance(_ scanner: inout JSONScanner) -> Provenance? {
        var text: [String: String] = [:]
        var numbers: [String: Double] = [:]
        var attempt: UInt64?
        var members = 0
        let isWhole = scanner.object { scanner, name in
            members += 1
            switch name {
            case "programVersion", "kernelPath", "host", "worker": text[name] = scanner.text()
            case "threads", "blasThreads", "seconds": numbers[name] = scanner.number()
            // May exceed the integers that a Double holds exactly.
            case "attempt": attempt = scanner.wholeNumber()
            default: return false
            }
            return true
        }
        guard isWhole, members == 8, let programVersion = text["programVersion"], let kernelPath = text["kernelPath"],
            let host = text["host"], let worker = text["worker"], let attempt, let seconds = numbers["seconds"],
            let threads = numbers["threads"].flatMap({ Int(exactly: $0) }),
            let blasThreads = numbers["blasThreads"].flatMap({ Int(exactly: $0) })
        else { return nil }
        return Provenance(
            programVersion: programVersion, kernelPath: kernelPath, host: host, worker: worker, threads: threads,
            blasThreads: blasThreads, attempt: attempt, seconds: seconds)
    }
}
