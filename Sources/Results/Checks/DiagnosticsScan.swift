/// Checks the JSON of a result's `diagnostics` in place, as ``ResultScan`` does the rest.
struct DiagnosticsScan {
    private(set) var innerRows = 0
    private(set) var steps: Int?
    private(set) var flags: FoldFinding.Flags = .isDiagnosed
    /// Whether there is something to note (``FoldNotes``).
    private(set) var hasNotes = false
    /// Where the values of members begin and end; empty for those that are absent.
    private(set) var innerScore = 0..<0
    private(set) var trainingScore = 0..<0

    /// Members, in the order of their bits.
    private enum Member: String, CaseIterable {
        case candidates, losses, innerRows, edges, extensions, isLastEpoch, isCutOff
        case diverged, chosenBy, undefined, innerScore, steps, trainingScore
    }

    private static let members = Member.allCases.enumerated().map {
        (bit: UInt16(1) << UInt16($0.offset), member: $0.element, name: Array($0.element.rawValue.utf8))
    }
    /// Those that are never absent: the first seven.
    private static let required: UInt16 = 127

    /// Scans an object; nil for anything but valid diagnostics.
    init?(_ text: inout NumberScanner) {
        var found: UInt16 = 0
        let isWhole = text.members { text, name in
            guard let (bit, member, _) = Self.members.first(where: { text.bytes(name).elementsEqual($0.name) }),
                found & bit == 0
            else { return false }
            found |= bit
            return isValid(member, &text)
        }
        guard isWhole, found & Self.required == Self.required else { return nil }
    }

    private mutating func isValid(_ member: Member, _ text: inout NumberScanner) -> Bool {
        switch member {
        case .candidates:
            return text.members { text, name in
                name.count <= ResultRules.longestName
                    && text.numbers { abs($0) <= ResultRules.largest } != nil
            }
        case .losses: return text.numbers(where: ResultRules.isScore) != nil
        case .innerRows:
            guard let count = text.count(upTo: ResultRules.maximumSamples) else { return false }
            innerRows = count
            return true
        case .edges:
            return text.members { text, name in
                guard name.count <= ResultRules.longestName, let edge = text.plainText() else { return false }
                hasNotes = true
                return text.isText("lowest", edge) || text.isText("highest", edge)
            }
        case .extensions:
            guard let count = text.count(upTo: ResultRules.maximumCandidates) else { return false }
            if count > 0 { flags.insert(.isExtended) }
            return true
        case .isLastEpoch: return flag(.isLastEpoch, &text)
        case .isCutOff: return flag(.isCutOff, &text)
        case .diverged:
            guard let count = text.counts(upTo: ResultRules.maximumCandidates) else { return false }
            if count > 0 { hasNotes = true }
            return true
        case .chosenBy:
            guard let name = text.plainText() else { return false }
            flags.insert(.hasChoice)
            return text.isText("loss", name) || text.isText("metric", name)
        case .undefined:
            hasNotes = true
            return text.plainText().map { $0.count <= ResultRules.longestReason } ?? false
        case .innerScore: return score(&innerScore, &text)
        case .trainingScore: return score(&trainingScore, &text)
        case .steps:
            steps = text.count(upTo: ResultRules.maximumSamples)
            return steps != nil
        }
    }

    private mutating func flag(_ flag: FoldFinding.Flags, _ text: inout NumberScanner) -> Bool {
        guard let value = text.boolean() else { return false }
        if value { flags.insert(flag) }
        return true
    }

    private func score(_ range: inout Range<Int>, _ text: inout NumberScanner) -> Bool {
        let start = text.offset
        guard let value = text.number(), abs(value) <= ResultRules.largest else { return false }
        range = start..<text.offset
        return true
    }
}

/// The same of its `observations`.
struct ObservationsScan {
    private(set) var leastPositives: Int?
    private(set) var hasNotes = false
    /// Where the value begins and ends; empty where it is absent.
    private(set) var chance = 0..<0

    /// - Parameter samples: of the unit's feature set, nil where that is not known.
    init?(_ text: inout NumberScanner, samples: Int?) {
        var found: UInt8 = 0
        let isWhole = text.members { text, name in
            let bit: UInt8
            let isValid: Bool
            if text.isText("chance", name) {
                let start = text.offset
                (bit, isValid) = (1, text.number().map { abs($0) <= ResultRules.largest } ?? false)
                chance = start..<text.offset
            } else if text.isText("leastPositives", name) {
                leastPositives = text.count(upTo: samples ?? ResultRules.maximumSamples)
                (bit, isValid) = (2, leastPositives != nil)
            } else if text.isText("undefined", name) {
                hasNotes = true
                (bit, isValid) = (4, text.areReasons())
            } else {
                return false
            }
            guard found & bit == 0 else { return false }
            found |= bit
            return isValid
        }
        guard isWhole else { return nil }
    }
}

extension NumberScanner {
    fileprivate mutating func boolean() -> Bool? {
        let (value, word): (Bool, StaticString) =
            take(UInt8(ascii: "t")) ? (true, "rue") : take(UInt8(ascii: "f")) ? (false, "alse") : (false, "-")
        for offset in 0..<word.utf8CodeUnitCount where !take(word.utf8Start[offset]) { return nil }
        return value
    }

    fileprivate mutating func count(upTo most: Int) -> Int? {
        wholeNumber().flatMap { $0 <= UInt64(most) ? Int($0) : nil }
    }

    /// An array of valid numbers; how many they are.
    fileprivate mutating func numbers(where isValid: (Double) -> Bool) -> Int? {
        elements { $0.number().map(isValid) ?? false }
    }

    /// An array of whole numbers up to a bound; how many they are.
    fileprivate mutating func counts(upTo most: Int) -> Int? {
        elements { $0.count(upTo: most) != nil }
    }

    private mutating func elements(_ isValid: (inout NumberScanner) -> Bool) -> Int? {
        guard take(UInt8(ascii: "[")) else { return nil }
        if take(UInt8(ascii: "]")) { return 0 }
        var count = 0
        repeat {
            guard isValid(&self) else { return nil }
            count += 1
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? count : nil
    }

    /// Why metrics have no value, by their names.
    fileprivate mutating func areReasons() -> Bool {
        members { text, name in
            guard MetricIndex.shared.values(text.bytes(name)) != nil, let reason = text.plainText() else {
                return false
            }
            return reason.count <= ResultRules.longestReason
        }
    }
}
