/// A way in which test samples of a task may have been seen in training.
package struct LeakageFinding: Codable, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Codable, Sendable {
        /// Samples under one id in different folds.
        case duplicateIDs
        /// Samples with the same tokens, byte for byte, in different folds.
        case identicalSamples
        /// Groups with samples on both sides of a split.
        case spanningGroups
    }

    package let kind: Kind
    /// What the plan calls the feature set.
    package let set: String
    /// The seed of the backbone's weights if those are random; nil for trained ones.
    package let randomWeights: Int?
    package let task: String
    /// Ids, contents or groups that are on both sides.
    package let count: Int
    /// Test samples with a duplicate, or a sample of the same group, among the training samples.
    package let tested: Int
    /// Samples of the task.
    package let samples: Int
    /// Two samples of the set, one tested, one trained on.
    package let example: [Int]
    /// How it was found, if that is uncertain; otherwise empty.
    package let note: String

    package var description: String {
        let share = 100 * Double(tested) / Double(max(1, samples))
        let percent = share < 0.1 ? "less than 0.1 %" : "\((share * 10).rounded() / 10) %"
        return "\(PlannedPass.name(set, randomWeights: randomWeights)), task \(task): "
            + "\(tested) of \(samples) samples (\(percent)) are tested while \(what), "
            + "for example samples \(example.map(String.init).joined(separator: " and ")). \(remedy)"
            + (note.isEmpty ? "" : " (\(note))")
    }

    private var what: String {
        func spanning(_ one: String) -> String { "\(count) \(one)\(count == 1 ? " lies" : "s lie") on both sides" }
        return switch kind {
        case .duplicateIDs: "another sample of the same id is trained on: \(spanning("id"))"
        case .identicalSamples: "a sample with the same bytes is trained on: \(spanning("content"))"
        case .spanningGroups: "samples of the same group are trained on: \(spanning("group"))"
        }
    }

    private var remedy: String {
        switch kind {
        case .duplicateIDs: "Give every sample a unique id, or drop the duplicates."
        case .identicalSamples: "Drop the duplicate samples, or give them a common group and use grouped folds."
        case .spanningGroups: "Use grouped folds, or move whole groups to one side of the split."
        }
    }
}

/// Findings in a sweep with `--strict`.
package struct LeakageError: Error, Sendable, CustomStringConvertible {
    package let findings: [LeakageFinding]

    package init(findings: [LeakageFinding]) {
        self.findings = findings
    }

    package var description: String {
        "test samples may have been seen in training, and --strict was given:\n"
            + findings.map { "  \($0)" }.joined(separator: "\n")
    }
}
