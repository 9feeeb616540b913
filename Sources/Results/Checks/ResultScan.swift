import Foundation
import Identities
import Metrics
import Scheduling

/// Checks the JSON of a result against ``ResultRules`` in one pass over its bytes, without allocating: some two
/// microseconds a result, so that every result of a busy cluster can be checked before it is committed.
///
/// It knows only the form that `JSONEncoder` writes. For any other it is nil, and the result is decoded.
struct ResultScan {
    /// Stands at the end of the result.
    private(set) var text: NumberScanner
    private let samples: Int?
    private(set) var trainingSamples = 0
    private(set) var testSamples = 0
    /// Where the values of members begin and end.
    private(set) var metrics = 0..<0
    private(set) var choice = 0..<0
    private(set) var candidateScores = 0..<0
    private(set) var trainingMACs = 0..<0
    private(set) var provenance = 0..<0
    /// Of the provenance.
    private(set) var seconds = 0..<0
    /// Where `diagnostics` and `observations` begin and end, and what was found there; nil where they are absent, as in
    /// results of protocol versions before 3.
    private(set) var diagnostics: (range: Range<Int>, scan: DiagnosticsScan)?
    private(set) var observations: (range: Range<Int>, scan: ObservationsScan)?

    /// Scans the JSON of a result; nil for anything but a valid result of this unit.
    ///
    /// - Parameter json: must outlive the scan.
    init?(_ json: UnsafeRawBufferPointer, of unit: UnitKey, samples: Int?) {
        guard let bytes = json.baseAddress, json.count <= ResultCheck.maximumBytes else { return nil }
        text = NumberScanner(bytes.assumingMemoryBound(to: UInt8.self), count: json.count)
        self.samples = samples
        guard isResult(of: unit) else { return nil }
    }

    /// Members of a result, in the order of their bits.
    private enum Member: UInt16 {
        case key = 1
        case metrics = 2
        case choice = 4
        case candidateScores = 8
        case trainingSamples = 16
        case testSamples = 32
        case parameters = 64
        case trainingMACs = 128
        case provenance = 256
        case diagnostics = 512
        case observations = 1024

        /// Those that are never absent.
        static let required: UInt16 = 511
    }

    private mutating func isResult(of unit: UnitKey) -> Bool {
        var found: UInt16 = 0
        guard text.take(UInt8(ascii: "{")) else { return false }
        repeat {
            guard let name = text.plainText(), text.take(UInt8(ascii: ":")), let member = member(name),
                found & member.rawValue == 0
            else { return false }
            found |= member.rawValue
            guard isValid(member, of: unit) else { return false }
        } while text.take(UInt8(ascii: ","))
        return text.take(UInt8(ascii: "}")) && text.isAtEnd && found & Member.required == Member.required
            && testSamples > 0
            && trainingSamples + testSamples <= samples ?? ResultRules.maximumSamples
    }

    private mutating func isValid(_ member: Member, of unit: UnitKey) -> Bool {
        let start = text.offset
        switch member {
        case .key: return isKey(of: unit)
        case .metrics:
            defer { metrics = start..<text.offset }
            return areMetrics()
        case .choice:
            defer { choice = start..<text.offset }
            return isChoice()
        case .candidateScores:
            defer { candidateScores = start..<text.offset }
            return areCandidates()
        case .trainingSamples:
            guard let count = sampleCount() else { return false }
            trainingSamples = count
            return true
        case .testSamples:
            guard let count = sampleCount() else { return false }
            testSamples = count
            return true
        case .parameters: return text.wholeNumber().map { $0 <= UInt64(ResultRules.maximumParameters) } ?? false
        case .trainingMACs:
            defer { trainingMACs = start..<text.offset }
            return amount(upTo: ResultRules.maximumOperations)
        case .provenance:
            defer { provenance = start..<text.offset }
            return isProvenance()
        case .diagnostics:
            diagnostics = DiagnosticsScan(&text).map { (start..<text.offset, $0) }
            return diagnostics != nil
        case .observations:
            observations = ObservationsScan(&text, samples: samples).map { (start..<text.offset, $0) }
            return observations != nil
        }
    }

    private func member(_ name: Range<Int>) -> Member? {
        switch name.count {
        case 3: text.isText("key", name) ? .key : nil
        case 6: text.isText("choice", name) ? .choice : nil
        case 7: text.isText("metrics", name) ? .metrics : nil
        case 10:
            text.isText("parameters", name) ? .parameters : text.isText("provenance", name) ? .provenance : nil
        case 11:
            text.isText("testSamples", name) ? .testSamples : text.isText("diagnostics", name) ? .diagnostics : nil
        case 12:
            text.isText("trainingMACs", name)
                ? .trainingMACs : text.isText("observations", name) ? .observations : nil
        case 15:
            text.isText("candidateScores", name)
                ? .candidateScores : text.isText("trainingSamples", name) ? .trainingSamples : nil
        default: nil
        }
    }

    private mutating func isKey(of unit: UnitKey) -> Bool {
        guard let range = text.plainText(), range.count == 64 else { return false }
        let words = unit.words
        return isHexadecimal(words.0, range.lowerBound) && isHexadecimal(words.1, range.lowerBound + 16)
            && isHexadecimal(words.2, range.lowerBound + 32) && isHexadecimal(words.3, range.lowerBound + 48)
    }

    private func isHexadecimal(_ word: UInt64, _ start: Int) -> Bool {
        for digit in 0..<16 {
            let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * digit)) & 15
            let character = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
            guard text[start + digit] == character else { return false }
        }
        return true
    }

    private mutating func areMetrics() -> Bool {
        text.members { text, name in
            guard let value = text.number(), let values = MetricIndex.shared.values(text.bytes(name)) else {
                return false
            }
            return values.contains(value) && abs(value) <= ResultRules.largest
        }
    }

    private mutating func isChoice() -> Bool {
        text.members { text, _ in text.number().map { abs($0) <= ResultRules.largest } ?? false }
    }

    private mutating func areCandidates() -> Bool {
        guard text.take(UInt8(ascii: "[")) else { return false }
        if text.take(UInt8(ascii: "]")) { return true }
        repeat {
            guard let score = text.number(), ResultRules.isScore(score) else { return false }
        } while text.take(UInt8(ascii: ","))
        return text.take(UInt8(ascii: "]"))
    }

    private mutating func sampleCount() -> Int? {
        guard let value = text.wholeNumber(), value <= UInt64(samples ?? ResultRules.maximumSamples) else { return nil }
        return Int(value)
    }

    private mutating func amount(upTo most: Double) -> Bool {
        text.number().map { 0...most ~= $0 } ?? false
    }

    private mutating func isProvenance() -> Bool {
        var found: UInt8 = 0
        var seconds = 0..<0
        let isValid = text.members { text, name in
            let bit: UInt8
            let isValid: Bool
            if text.isText("seconds", name) {
                let start = text.offset
                defer { seconds = start..<text.offset }
                (bit, isValid) = (1, text.number().map { 0...ResultRules.maximumSeconds ~= $0 } ?? false)
            } else if text.isText("attempt", name) {
                (bit, isValid) = (2, text.wholeNumber() != nil)
            } else if text.isText("threads", name) {
                (bit, isValid) = (4, text.wholeNumber().map { $0 <= UInt64(ResultRules.maximumSamples) } ?? false)
            } else if text.isText("blasThreads", name) {
                (bit, isValid) = (8, text.wholeNumber().map { $0 <= UInt64(ResultRules.maximumSamples) } ?? false)
            } else if text.isText("host", name) {
                (bit, isValid) = (16, text.plainText() != nil)
            } else if text.isText("worker", name) {
                (bit, isValid) = (32, text.plainText() != nil)
            } else if text.isText("kernelPath", name) {
                (bit, isValid) = (64, text.plainText() != nil)
            } else if text.isText("programVersion", name) {
                (bit, isValid) = (128, text.plainText() != nil)
            } else {
                return false
            }
            guard found & bit == 0 else { return false }
            found |= bit
            return isValid
        }
        self.seconds = seconds
        return isValid && found == 255
    }
}
