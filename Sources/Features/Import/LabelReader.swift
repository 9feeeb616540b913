/// Reads a column of labels: as the user says, or in the only way that is possible. Where two are, it asks.
struct LabelReader {
    let column: ValueColumn
    let kind: FeatureTask.Kind?
    /// What the user says that the values are.
    let wanted: LabelReading?
    /// Whether the column is by convention one of quantities.
    var isScores = false

    func read() throws(FeatureError) -> RowLabels {
        let rows = try labelledRows()
        let reading = if let wanted { wanted } else { try impliedReading(rows) }
        switch reading {
        case .names: return try names(rows)
        case .indices: return try indices(rows)
        case .scores: return try scores(rows)
        }
    }

    private func labelledRows() throws(FeatureError) -> [Int] {
        guard case .texts(let texts) = column.values else { return Array(0..<column.count) }
        let rows = texts.indices.filter { texts[$0] != nil }
        guard !rows.isEmpty else {
            throw refuse(
                column.field, "no label in \(column.count) rows", "at least two classes", "Fill in the labels.")
        }
        return rows
    }

    // MARK: Which reading

    private func impliedReading(_ rows: [Int]) throws(FeatureError) -> LabelReading {
        if kind == .ranking || kind == .regression || (isScores && kind == nil) { return .scores }
        if let numbers = integers(rows) {
            guard !isDense(numbers) else { return .indices }
            throw ask(numbers)
        }
        if rows.allSatisfy({ number($0) != nil }) { throw askAboutFractions() }
        return .names
    }

    /// Whether every class from 0 to the largest occurs.
    private func isDense(_ numbers: [Int]) -> Bool {
        guard let largest = numbers.max(), largest < numbers.count, numbers.allSatisfy({ $0 >= 0 }) else {
            return false
        }
        return Set(numbers).count == largest + 1
    }

    private func ask(_ numbers: [Int]) -> FeatureError {
        let distinct = Set(numbers).sorted()
        var readings = ["as names of \(distinct.count) classes (\(shortened(distinct.map(String.init))))"]
        var options = ["names"]
        if let largest = distinct.last, distinct[0] >= 0, largest < FeatureTask.Kind.classification.classes.upperBound {
            let classes = max(2, largest + 1)
            let empty = classes - distinct.count
            let present = Set(distinct)
            let missing = (0..<classes).lazy.filter { !present.contains($0) }.prefix(4).map { "\($0)" }
            readings.append(
                "as indices of \(classes) classes, \(empty) of them without a row "
                    + "(\(shortened(Array(missing), of: empty)))")
            options.append("indices")
        }
        return refuse(
            column.field, "whole numbers that can be read \(readings.joined(separator: " or "))",
            "numbers of which each from 0 to the largest occurs, or a choice",
            "Choose with --labels-as \(options.joined(separator: " or --labels-as ")), "
                + "or with --labels-as scores if they are quantities.")
    }

    private func askAboutFractions() -> FeatureError {
        refuse(
            column.field,
            "numbers that can be read as quantities whose order counts (a ranking), as quantities whose value counts "
                + "(a regression), or as classes",
            "a choice",
            "Choose with --kind ranking, --kind regression, --labels-as names or --labels-as indices.")
    }

    private func shortened(_ names: [String], of count: Int? = nil) -> String {
        names.prefix(3).joined(separator: ", ") + ((count ?? names.count) > 3 ? ", …" : "")
    }

    // MARK: Reading

    private func names(_ rows: [Int]) throws(FeatureError) -> RowLabels {
        let numbers = integers(rows)
        let texts: [String]
        if case .texts(let values) = column.values {
            texts = rows.compactMap { values[$0] }
        } else {
            texts = try wholeNumbers(rows).map { "\($0)" }
        }
        // Numbers by their value, so that 10 comes behind 9.
        let valueOfName = numbers.map { Dictionary(zip(texts, $0)) { first, _ in first } }
        let classes = Set(texts).sorted { first, second in
            if let valueOfName, let a = valueOfName[first], let b = valueOfName[second], a != b { return a < b }
            return first < second
        }
        let number = Dictionary(uniqueKeysWithValues: zip(classes, Int32(0)...))
        return try checked(
            RowLabels(
                total: column.count, rows: rows, targets: .classes(texts.map { number[$0] ?? 0 }),
                classes: classes.count,
                classNames: classes, reading: .names))
    }

    private func indices(_ rows: [Int]) throws(FeatureError) -> RowLabels {
        let numbers = try wholeNumbers(rows)
        let range = 0..<FeatureTask.Kind.classification.classes.upperBound
        if let position = numbers.firstIndex(where: { !range.contains($0) }) {
            throw refuse(
                column.field(rows[position]), "\(numbers[position])", "0 to \(range.upperBound - 1)",
                "Number the classes from 0, or choose --labels-as names; leave out the labels of samples without one.")
        }
        return try checked(
            RowLabels(
                total: column.count, rows: rows, targets: .classes(numbers.map(Int32.init)),
                classes: max(2, (numbers.max() ?? 0) + 1),
                reading: .indices))
    }

    private func scores(_ rows: [Int]) throws(FeatureError) -> RowLabels {
        let scores = try rows.map { (row) throws(FeatureError) -> Float in
            guard let score = number(row), score.isFinite else {
                throw refuse(
                    column.field(row), "\"\(text(row))\"", "a finite number", "Correct the value, or leave it out.")
            }
            return score
        }
        return RowLabels(
            total: column.count, rows: rows, targets: .scores(scores), classes: 1, reading: .scores)
    }

    /// Refuses labels among which there is nothing to tell apart.
    private func checked(_ labels: RowLabels) throws(FeatureError) -> RowLabels {
        guard case .classes(let classes) = labels.targets, Set(classes).count < 2 else { return labels }
        throw refuse(
            column.field, "one class only (\(text(labels.rows[0])), in all \(labels.rows.count) rows)",
            "at least two classes", "Give rows of other classes too.")
    }

    // MARK: Values

    /// The rows as integers, if all are written as such: 007 is a name.
    private func integers(_ rows: [Int]) -> [Int]? {
        switch column.values {
        case .integers(let values): return values
        case .numbers: return nil
        case .texts(let texts):
            var numbers: [Int] = []
            for row in rows {
                guard let text = texts[row], let number = Int(text), String(number) == text else { return nil }
                numbers.append(number)
            }
            return numbers
        }
    }

    /// The rows as integers, floating-point numbers without a fraction included.
    private func wholeNumbers(_ rows: [Int]) throws(FeatureError) -> [Int] {
        try rows.map { (row) throws(FeatureError) -> Int in
            if case .integers(let values) = column.values { return values[row] }
            if let whole = Int(text(row)) ?? number(row).flatMap({ Int(exactly: $0) }) { return whole }
            throw refuse(column.field(row), "\"\(text(row))\"", "a whole number", "Correct the value, or leave it out.")
        }
    }

    /// A row as a quantity; nil for what is no number, and for digits behind a 0, which are a code.
    private func number(_ row: Int) -> Float? {
        switch column.values {
        case .integers(let values): return Float(values[row])
        case .numbers(let values): return values[row]
        case .texts(let texts):
            guard let text = texts[row] else { return nil }
            let isCode = text.count > 1 && text.hasPrefix("0") && text.allSatisfy(\.isNumber)
            return isCode ? nil : Float(text)
        }
    }

    private func text(_ row: Int) -> String {
        switch column.values {
        case .integers(let values): "\(values[row])"
        case .numbers(let values): "\(values[row])"
        case .texts(let texts): texts[row] ?? ""
        }
    }

    private func refuse(_ field: String?, _ found: String, _ expected: String, _ remedy: String) -> FeatureError {
        FeatureError(file: column.path, field: field, found: found, expected: expected, remedy: remedy)
    }
}
