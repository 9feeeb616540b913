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

    /// Members, by their bits.
    private enum Member: UInt16 {
        case candidates = 1
        case losses = 2
        case innerRows = 4
        case edges = 8
        case extensions = 16
        case isLastEpoch = 32
        case isCutOff = 64
        case diverged = 128
        case chosenBy = 256
        case undefined = 512
        case innerScore = 1024
        case steps = 2048
        case trainingScore = 4096

        /// Those that are never absent.
        static let required: UInt16 = 127

        init?(_ name: Range<Int>, _ text: NumberScanner) {
            let found: Member? =
                switch name.count {
                case 5: text.isText("edges", name) ? .edges : text.isText("steps", name) ? .steps : nil
                case 6: text.isText("losses", name) ? .losses : nil
                case 8:
                    text.isText("isCutOff", name)
                        ? .isCutOff
                        : text.isText("chosenBy", name) ? .chosenBy : text.isText("diverged", name) ? .diverged : nil
                case 9: text.isText("innerRows", name) ? .innerRows : text.isText("undefined", name) ? .undefined : nil
                case 10:
                    text.isText("candidates", name)
                        ? .candidates
                        : text.isText("innerScore", name)
                            ? .innerScore : text.isText("extensions", name) ? .extensions : nil
                case 11: text.isText("isLastEpoch", name) ? .isLastEpoch : nil
                case 13: text.isText("trainingScore", name) ? .trainingScore : nil
                default: nil
                }
            guard let found else { return nil }
            self = found
        }
    }

    /// Scans an object; nil for anything but valid diagnostics.
    init?(_ text: inout NumberScanner) {
        var found: UInt16 = 0
        let isWhole = text.members { text, name in
            guard let member = Member(name, text), found & member.rawValue == 0 else { return false }
            found |= member.rawValue
            return isValid(member, &text)
        }
        guard isWhole, found & Member.required == Member.required else { return nil }
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
