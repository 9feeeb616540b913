import Foundation
import Identities
import Metrics
import Units

/// Reads of stored results what a table keeps. Results that cannot be used, or break the rules for new results, are
/// rejected.
///
/// Results in the form that `JSONEncoder` writes are scanned, and only the numbers that are kept are converted; any other
/// form is decoded.
struct ResultReader {
    private let check = ResultCheck()
    private let fields: ResultFields
    // Consecutive results have equal names and texts, which they share.
    private var metricNames: [String] = []
    private var choiceNames: [String] = []
    private var provenance: Provenance?
    private var notes: FoldNotes?

    init(_ fields: ResultFields) { self.fields = fields }

    /// - Parameters:
    ///   - metric: whose value becomes the score.
    ///   - samples: of the unit's feature set, nil where that is not known.
    mutating func read(
        _ json: UnsafeRawBufferPointer, of unit: UnitKey, metric: String, samples: Int?
    ) -> Result<FoldResult, InvalidResult> {
        if let scan = ResultScan(json, of: unit, samples: samples), let result = result(scan, metric) {
            return .success(result)
        }
        return check.read(Data(json), of: unit, samples: samples).map {
            FoldResult($0, metric: metric, fields: fields)
        }
    }

    /// Nil for a result that must be decoded.
    private mutating func result(_ scan: ResultScan, _ metric: String) -> FoldResult? {
        var score: Double?
        var (isOnce, metric) = (true, metric)
        let isPlain = metric.withUTF8 { name in
            scan.text.forEachNumber(in: scan.metrics) { text, value in
                guard text.elementsEqual(UnsafeRawBufferPointer(name)) else { return }
                isOnce = score == nil
                score = value()
            }
        }
        guard isPlain, isOnce, let trainingMACs = scan.text.exactNumber(in: scan.trainingMACs),
            let seconds = scan.text.exactNumber(in: scan.seconds), let finding = finding(scan, metric)
        else { return nil }
        var result = FoldResult(
            score: score, trainingSamples: scan.trainingSamples, trainingMACs: trainingMACs, seconds: seconds,
            finding: finding, details: nil)
        if fields.contains(.details) {
            guard let details = details(scan) else { return nil }
            result.details = details
        }
        return result
    }

    /// Nil for a result that must be decoded.
    private mutating func finding(_ scan: ResultScan, _ metric: String) -> FoldFinding? {
        let (diagnostics, observations) = (scan.diagnostics?.scan, scan.observations?.scan)
        var finding = FoldFinding(
            trainingScore: diagnostics.flatMap { scan.number(in: $0.trainingScore) },
            chance: observations.flatMap { scan.number(in: $0.chance) },
            innerRows: diagnostics?.innerRows ?? 0, steps: diagnostics?.steps,
            leastPositives: observations?.leastPositives, flags: diagnostics?.flags ?? [])
        if fields.contains(.innerScores) {
            if let diagnostics {
                finding.innerScore = scan.number(in: diagnostics.innerScore)
            } else {
                guard let scores = JSONScanner.list(scan.text.bytes(scan.candidateScores)) else { return nil }
                finding.innerScore = FoldFinding.best(of: scores, greaterIsBetter: Metrics.greaterIsBetter(metric))
            }
        }
        if diagnostics?.hasNotes == true || observations?.hasNotes == true {
            guard let found = scan.notes() else { return nil }
            if found != notes { notes = found }
            finding.notes = notes
        }
        return finding
    }

    private mutating func details(_ scan: ResultScan) -> FoldDetails? {
        guard let metrics = scan.numbers(in: scan.metrics, sharing: &metricNames),
            let choice = scan.numbers(in: scan.choice, sharing: &choiceNames)
        else { return nil }
        if fields.contains(.provenance) {
            guard let found = ResultDecoder.provenance(scan.text.bytes(scan.provenance)) else { return nil }
            provenance = provenance.map { found.sharing($0) } ?? found
        }
        return FoldDetails(metrics: metrics, choice: choice, testSamples: scan.testSamples, provenance: provenance)
    }
}

extension ResultScan {
    /// The notes of the diagnostics and observations; nil if they must be decoded.
    fileprivate func notes() -> FoldNotes?? {
        func read<Value>(_ range: Range<Int>?, _ value: (inout JSONScanner) -> Value?) -> Value?? {
            guard let range else { return .some(nil) }
            var scanner = JSONScanner(text.bytes(range))
            guard let read = value(&scanner), scanner.isAtEnd else { return nil }
            return read
        }
        guard let diagnostics = read(diagnostics?.range, { $0.diagnostics() }),
            let observations = read(observations?.range, { $0.observations() })
        else { return nil }
        return .some(FoldNotes(diagnostics, observations))
    }

    /// The number in a range; nil in an empty one.
    fileprivate func number(in range: Range<Int>) -> Double? {
        range.isEmpty ? nil : text.exactNumber(in: range)
    }

    /// An object of numbers; nil if a name is in it twice.
    fileprivate func numbers(in range: Range<Int>, sharing names: inout [String]) -> NamedNumbers? {
        var found: [(name: String, value: Double)] = []
        var isWhole = true
        let isPlain = text.forEachNumber(in: range) { name, value in
            guard let value = value() else { return isWhole = false }
            found.append((String(decoding: name, as: UTF8.self), value))
        }
        guard isPlain, isWhole else { return nil }
        found.sort { $0.name < $1.name }
        guard zip(found, found.dropFirst()).allSatisfy({ $0.name != $1.name }) else { return nil }
        if !found.lazy.map(\.name).elementsEqual(names) { names = found.map(\.name) }
        return NamedNumbers(names: names, values: found.map(\.value))
    }
}

extension NumberScanner {
    /// Calls the body with the name and the value of every member of an object that was scanned; the value is converted
    /// only where it is asked for.
    ///
    /// - Returns: whether the range holds an object of numbers.
    fileprivate func forEachNumber(
        in range: Range<Int>, _ body: (UnsafeRawBufferPointer, () -> Double?) -> Void
    ) -> Bool {
        var scanner = self
        scanner.move(to: range.lowerBound)
        return scanner.members { scanner, name in
            let start = scanner.offset
            guard scanner.number() != nil else { return false }
            body(scanner.bytes(name)) { [scanner] in scanner.exactNumber(in: start..<scanner.offset) }
            return true
        }
    }
}

extension Provenance {
    /// Equal to this, with the texts of another wherever they are equal.
    fileprivate func sharing(_ other: Provenance) -> Provenance {
        func shared(_ text: String, _ other: String) -> String { text == other ? other : text }
        var provenance = self
        provenance.programVersion = shared(programVersion, other.programVersion)
        provenance.kernelPath = shared(kernelPath, other.kernelPath)
        provenance.host = shared(host, other.host)
        provenance.worker = shared(worker, other.worker)
        return provenance
    }
}
