import Foundation
import Identities
import Units

/// Writes the folds of a row as `JSONEncoder` does with sorted keys and indentation, ten times as fast: a table of a
/// million results has gigabytes of them.
struct JSONFolds {
    private var text: [UInt8] = []
    private var depth = 2
    private var isEmpty = true

    static func text(_ folds: [ResultRow.Fold], _ options: TableOptions) -> String {
        var writer = JSONFolds()
        writer.array(folds) { $0.fold($1, options) }
        return String(decoding: writer.text, as: UTF8.self)
    }

    private mutating func fold(_ fold: ResultRow.Fold, _ options: TableOptions) {
        let (details, finding) = (fold.result?.details, fold.result?.finding)
        object { writer in
            writer.member("chance", finding?.chance) { $0.number($1) }
            writer.member("choice", details?.choice) { $0.numbers($1) }
            writer.member("draws", fold.draws.isEmpty ? nil : fold.draws) { $0.array($1) { $0.draw($1) } }
            writer.member("heldOut", fold.reference.heldOut) { $0.append("\($1)") }
            writer.member("innerScore", finding?.innerScore) { $0.number($1) }
            writer.member("key", fold.key) { $0.append("\"\($1)\"") }
            writer.member("metrics", details?.metrics) { $0.numbers($1) }
            writer.member("provenance", options.times ? details?.provenance : nil) { $0.provenance($1) }
            writer.member("reasonMissing", fold.reasonMissing) { $0.string($1) }
            writer.member("repetition", fold.reference.repetition) { $0.append("\($1)") }
            writer.member("steps", finding?.steps) { $0.append("\($1)") }
            writer.member("testSamples", details?.testSamples) { $0.append("\($1)") }
            writer.member("trainingSamples", fold.result?.trainingSamples) { $0.append("\($1)") }
            writer.member("trainingScore", finding?.trainingScore) { $0.number($1) }
        }
    }

    private mutating func draw(_ draw: ResultRow.Draw) {
        let (details, finding) = (draw.result?.details, draw.result?.finding)
        object { writer in
            writer.member("choice", details?.choice) { $0.numbers($1) }
            writer.member("draw", draw.draw) { $0.append("\($1)") }
            writer.member("innerScore", finding?.innerScore) { $0.number($1) }
            writer.member("key", draw.key) { $0.append("\"\($1)\"") }
            writer.member("metrics", details?.metrics) { $0.numbers($1) }
            writer.member("seed", draw.seed) { $0.append("\($1)") }
            writer.member("steps", finding?.steps) { $0.append("\($1)") }
            writer.member("trainingScore", finding?.trainingScore) { $0.number($1) }
        }
    }

    private mutating func provenance(_ provenance: Provenance) {
        object { writer in
            writer.member("attempt", provenance.attempt) { $0.append("\($1)") }
            writer.member("blasThreads", provenance.blasThreads) { $0.append("\($1)") }
            writer.member("host", provenance.host) { $0.string($1) }
            writer.member("kernelPath", provenance.kernelPath) { $0.string($1) }
            writer.member("programVersion", provenance.programVersion) { $0.string($1) }
            writer.member("seconds", provenance.seconds) { $0.number($1) }
            writer.member("threads", provenance.threads) { $0.append("\($1)") }
            writer.member("worker", provenance.worker) { $0.string($1) }
        }
    }

    private mutating func numbers(_ numbers: NamedNumbers) {
        object { writer in
            for (name, value) in zip(numbers.names, numbers.values) {
                writer.begin()
                writer.string(name)
                writer.append(" : ")
                writer.number(value)
            }
        }
    }

    // MARK: JSON

    private mutating func object(_ members: (inout JSONFolds) -> Void) { enclosed("{", "}", members) }

    private mutating func array<Element>(_ elements: [Element], _ write: (inout JSONFolds, Element) -> Void) {
        enclosed("[", "]") { writer in
            for element in elements {
                writer.begin()
                write(&writer, element)
            }
        }
    }

    private mutating func enclosed(_ first: StaticString, _ last: StaticString, _ body: (inout JSONFolds) -> Void) {
        append(first)
        depth += 1
        isEmpty = true
        body(&self)
        depth -= 1
        if isEmpty { append("\n") }
        isEmpty = false
        line()
        append(last)
    }

    /// Nothing where there is no value.
    private mutating func member<Value>(
        _ name: StaticString, _ value: Value?, _ write: (inout JSONFolds, Value) -> Void
    ) {
        guard let value else { return }
        begin()
        append("\"")
        append(name)
        append("\" : ")
        write(&self, value)
    }

    /// Begins a member or an element on its own line.
    private mutating func begin() {
        if !isEmpty { append(",") }
        isEmpty = false
        line()
    }

    private mutating func line() {
        text.append(UInt8(ascii: "\n"))
        for _ in 0..<2 * depth { text.append(UInt8(ascii: " ")) }
    }

    private mutating func number(_ value: Double) {
        var digits = value.description
        if digits.hasSuffix(".0") { digits.removeLast(2) }
        append(digits)
    }

    private mutating func string(_ value: String) {
        let isPlain = value.utf8.allSatisfy {
            $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        if isPlain { return append("\"\(value)\"") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        text += (try? encoder.encode(value)).map(Array.init) ?? Array("null".utf8)
    }

    private mutating func append(_ string: String) { text += string.utf8 }

    private mutating func append(_ string: StaticString) {
        string.withUTF8Buffer { text.append(contentsOf: $0) }
    }
}
