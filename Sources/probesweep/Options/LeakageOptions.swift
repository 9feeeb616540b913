import ArgumentParser
import Cluster
import Sweeps

/// What to make of test samples that may be seen in training.
struct LeakageOptions: ParsableArguments {
    @Flag(help: "Refuse a sweep whose folds separate equal ids, identical samples or groups, instead of warning.")
    var strict = false

    /// Warns of what was found, or refuses it.
    @discardableResult
    func check(_ source: SweepSource) throws -> [LeakageFinding] {
        let findings = try source.leakage(isStrict: strict)
        for finding in findings { Exit.complain("warning: \(finding)") }
        return findings
    }
}
