import Identities
import Metrics
package import Units

/// What a table keeps of a unit's result: some ninety bytes, and the details where they are asked for.
package struct FoldResult: Hashable, Sendable {
    /// The table's metric on the test fold; nil where it is undefined there.
    package var score: Double? {
        get { scoreNumber.value }
        set { scoreNumber = SparseNumber(newValue) }
    }
    private var scoreNumber: SparseNumber
    /// Multiply–accumulates that training executed.
    package var trainingMACs: Double
    /// Measured seconds of training.
    package var seconds: Double
    /// How the head was found, and what the test rows say of the score.
    package var finding: FoldFinding
    private var trainingCount: Int32
    /// Nil where ``ResultFields/details`` were not asked for.
    package var details: FoldDetails?

    package var trainingSamples: Int { Int(trainingCount) }

    init(
        score: Double?, trainingSamples: Int, trainingMACs: Double, seconds: Double, finding: FoldFinding,
        details: FoldDetails?
    ) {
        scoreNumber = SparseNumber(score)
        // No valid result has more (`ResultRules.maximumSamples`).
        trainingCount = Int32(clamping: trainingSamples)
        self.trainingMACs = trainingMACs
        self.seconds = seconds
        self.finding = finding
        self.details = details
    }

    /// - Parameter metric: the table's.
    init(_ result: UnitResult, metric: String, fields: ResultFields) {
        self.init(
            score: result.metrics[metric], trainingSamples: result.trainingSamples, trainingMACs: result.trainingMACs,
            seconds: result.provenance.seconds, finding: FoldFinding(result, metric: metric, fields: fields),
            details: fields.contains(.details) ? FoldDetails(result, fields) : nil)
    }

    /// Takes a score by another metric.
    mutating func score(_ value: Double?, by metric: String) {
        score = value
        guard let details, let value else { return }
        self.details = FoldDetails(
            metrics: details.metrics.setting(metric, to: value), choice: details.choice,
            testSamples: details.testSamples, provenance: details.provenance)
    }
}

/// A number that may be absent, in the eight bytes of a number.
struct SparseNumber: Hashable, Sendable {
    private let bits: UInt64

    /// NaN is absent too: no valid result has one.
    init(_ value: Double?) { bits = (value ?? .nan).bitPattern }

    var value: Double? {
        let value = Double(bitPattern: bits)
        return value.isNaN ? nil : value
    }
}

/// What only some tables show of a result.
package final class FoldDetails: Hashable, Sendable {
    package let metrics: NamedNumbers
    package let choice: NamedNumbers
    package let testSamples: Int
    /// Nil where ``ResultFields/provenance`` was not asked for.
    package let provenance: Provenance?

    init(metrics: NamedNumbers, choice: NamedNumbers, testSamples: Int, provenance: Provenance?) {
        self.metrics = metrics
        self.choice = choice
        self.testSamples = testSamples
        self.provenance = provenance
    }

    convenience init(_ result: UnitResult, _ fields: ResultFields) {
        self.init(
            metrics: NamedNumbers(result.metrics), choice: NamedNumbers(result.choice),
            testSamples: result.testSamples, provenance: fields.contains(.provenance) ? result.provenance : nil)
    }

    package static func == (first: FoldDetails, second: FoldDetails) -> Bool {
        first.metrics == second.metrics && first.choice == second.choice && first.testSamples == second.testSamples
            && first.provenance == second.provenance
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(metrics)
        hasher.combine(choice)
    }
}

/// Numbers by name, ascending. Results of one kind have the same names, which they share.
package struct NamedNumbers: Hashable, Sendable {
    package let names: [String]
    package let values: [Double]

    init(names: [String], values: [Double]) {
        self.names = names
        self.values = values
    }

    init(_ numbers: [String: Double]) {
        names = numbers.keys.sorted()
        values = names.compactMap { numbers[$0] }
    }

    package subscript(name: String) -> Double? { names.firstIndex(of: name).map { values[$0] } }

    package var dictionary: [String: Double] {
        Dictionary(zip(names, values)) { first, _ in first }
    }

    func setting(_ name: String, to value: Double) -> NamedNumbers {
        NamedNumbers(dictionary.merging([name: value]) { $1 })
    }
}

/// What of results is read beyond the table's metric, samples, costs and marks.
package struct ResultFields: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// The score of the choice on the inner split, which the best of several rows is corrected with.
    package static let innerScores = ResultFields(rawValue: 1)
    /// All metrics and choices.
    package static let details = ResultFields(rawValue: 2)
    /// With the details, who trained it.
    package static let provenance = ResultFields(rawValue: 4)
    package static let all: ResultFields = [.innerScores, .details, .provenance]
}

extension TableFormat {
    /// What a table in this format shows.
    package func fields(_ options: TableOptions) -> ResultFields {
        var fields: ResultFields = []
        // The notes below these name the best row.
        if self == .text || self == .markdown || self == .json { fields.insert(.innerScores) }
        if self == .json || options.choices { fields.insert(.details) }
        if self == .json, options.times { fields.insert(.provenance) }
        return fields
    }
}
