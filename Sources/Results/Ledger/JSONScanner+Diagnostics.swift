import Units

/// The diagnostics and observations of results, read as ``ResultDecoder`` reads the rest: nil for anything but members
/// that exist, each once, in plain JSON.
extension JSONScanner {
    mutating func diagnostics() -> TrainingDiagnostics? {
        var diagnostics = TrainingDiagnostics()
        var found: Set<String> = []
        let isWhole = object { scanner, name in
            found.insert(name).inserted && scanner.read(name, into: &diagnostics)
        }
        let required: Set = [
            "candidates", "losses", "innerRows", "edges", "extensions", "isLastEpoch", "isCutOff",
        ]
        return isWhole && found.isSuperset(of: required) ? diagnostics : nil
    }

    mutating func observations() -> TestObservations? {
        var observations = TestObservations()
        var found: Set<String> = []
        let isWhole = object { scanner, name in
            guard found.insert(name).inserted else { return false }
            switch name {
            case "chance": return assign(scanner.number(), to: &observations.chance)
            case "leastPositives": return assign(scanner.integer(), to: &observations.leastPositives)
            case "undefined": return assign(scanner.dictionary { $0.text() }, to: &observations.undefined)
            default: return false
            }
        }
        return isWhole ? observations : nil
    }

    private mutating func read(_ name: String, into diagnostics: inout TrainingDiagnostics) -> Bool {
        switch name {
        case "candidates": assign(dictionary { $0.list() }, to: &diagnostics.candidates)
        case "losses": assign(list(), to: &diagnostics.losses)
        case "diverged": assign(list().flatMap(integers), to: &diagnostics.diverged)
        case "chosenBy":
            assign(text().flatMap(TrainingDiagnostics.Criterion.init), to: &diagnostics.chosenBy)
        case "undefined": assign(text(), to: &diagnostics.undefined)
        case "innerRows": assign(integer(), to: &diagnostics.innerRows)
        case "innerScore": assign(number(), to: &diagnostics.innerScore)
        case "edges":
            assign(
                dictionary { $0.text().flatMap(TrainingDiagnostics.Edge.init) }, to: &diagnostics.edges)
        case "extensions": assign(integer(), to: &diagnostics.extensions)
        case "steps": assign(integer(), to: &diagnostics.steps)
        case "isLastEpoch": assign(boolean(), to: &diagnostics.isLastEpoch)
        case "isCutOff": assign(boolean(), to: &diagnostics.isCutOff)
        case "trainingScore": assign(number(), to: &diagnostics.trainingScore)
        default: false
        }
    }

    private mutating func integer() -> Int? { number().flatMap { Int(exactly: $0) } }

    private func integers(_ numbers: [Double]) -> [Int]? {
        let integers = numbers.compactMap { Int(exactly: $0) }
        return integers.count == numbers.count ? integers : nil
    }

    private mutating func dictionary<Value>(_ value: (inout JSONScanner) -> Value?) -> [String: Value]? {
        var values: [String: Value] = [:]
        let isWhole = object { scanner, name in
            guard let value = value(&scanner) else { return false }
            return values.updateValue(value, forKey: name) == nil
        }
        return isWhole ? values : nil
    }
}

/// Whether there is a value, which is then assigned.
private func assign<Value>(_ value: Value?, to place: inout Value) -> Bool {
    guard let value else { return false }
    place = value
    return true
}

private func assign<Value>(_ value: Value?, to place: inout Value?) -> Bool {
    guard let value else { return false }
    place = value
    return true
}
