import Foundation
import Identities
import Sweeps

extension DroppedSamples {
    /// This many classes are named, those that lost the largest share.
    private static let namedClasses = 5

    /// A line for each task of a feature set of which samples were left out, because other sets lack them.
    ///
    static func notes(facts: SweepFacts?) -> [String] {
        (facts?.sets ?? []).flatMap { set in
            set.tasks.compactMap { task in
                task.dropped.map { "\(task.name) of \(set.name): \($0.note(of: task))".printable }
            }
        }
    }

    private func note(of task: TaskFacts) -> String {
        let whole = samples + task.samples
        let losses = zip(classCounts, task.classCounts).enumerated().compactMap { index, counts -> Loss? in
            guard counts.0 > 0 else { return nil }
            return Loss(
                name: task.className(index),
                share: Double(counts.0) / Double(counts.0 + counts.1))
        }.sorted { ($1.share, $0.name) < ($0.share, $1.name) }
        let named = losses.prefix(Self.namedClasses).map { "\(NumberFormat.fixed(100 * $0.share)) % of \($0.name)" }
        let rest = losses.count - named.count
        return "\(samples) of \(whole) samples are left out, because other feature sets lack them"
            + (named.isEmpty ? "" : ": " + named.joined(separator: ", "))
            + (rest > 0 ? ", less of \(rest) more classes" : "")
    }

    private struct Loss {
        let name: String
        let share: Double
    }
}
