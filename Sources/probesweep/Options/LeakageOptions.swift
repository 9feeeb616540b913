import ArgumentParser
import Cluster
import Sweeps

/// How to handle test samples that may be seen in training.
struct LeakageOptions: ParsableArguments {
    @Flag(help: "Reject a sweep whose folds separate equal ids, identical samples or groups, instead of warning.")
    var strict = false

    /// Warns about the findings, or rejects the sweep.
    @discardableResult
    func check(_ source: SweepSource) throws -> [LeakageFinding] {
        let findings = try source.leakage(isStrict: strict)
        for finding in findings { Exit.complain("warning: \(finding)") }
        return findings
    }
}
