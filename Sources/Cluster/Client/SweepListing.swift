import Foundation
package import Ledger
import Results
import Sweeps

/// A sweep of a ledger with what it probes, as `sweeps` shows it.
package struct SweepListing: Codable, Sendable, Equatable {
    package let status: SweepStatus
    /// The feature sets, as tables call them.
    package let features: [String]
    /// Of the largest task, once all sets are cut to the samples that they have in common, where the sweep does that.
    package let samples: Int

    /// - Parameter statuses: of the sweeps, each of which is read for its feature sets.
    package static func all(_ statuses: [SweepStatus], in ledger: any SweepReader) throws -> [SweepListing] {
        try statuses.map { status in
            let data = try ledger.facts(of: status.number)
            // Facts of an earlier version may say something else.
            let facts = try? JSONDecoder().decode(SweepFacts.self, from: data)
            let sets = facts?.sets ?? []
            return SweepListing(
                status: status, features: sets.map { $0.title ?? $0.name },
                samples: sets.map(\.samplesOfTasks).max() ?? 0)
        }
    }
}

extension StatusText {
    /// A row for each sweep.
    package static func lines(_ sweeps: [SweepListing], width: Int?) -> [String] {
        let table = TextTable(
            columns: [
                .left("sweep"), .right("no."), .left("owner", rank: 3), .right("units"), .right("done"),
                .right("quarantined", rank: 2), .right("samples", rank: 1), .left("features", least: 12),
            ],
            rows: sweeps.map(\.cells), gap: 2)
        return lines(of: table, width: width)
    }
}

extension SweepListing {
    fileprivate var cells: [String] {
        let progress = status.progress
        return [
            status.name, "\(status.number)", status.owner ?? "", "\(progress.total)",
            status.isCancelled ? "cancelled" : "\(progress.percent) %",
            progress.quarantined == 0 ? "" : "\(progress.quarantined)", "\(samples)", namesOfFeatures,
        ]
    }

    /// Each name once; one with a comma in it is quoted, since commas separate names.
    private var namesOfFeatures: String {
        var names: [String] = []
        for name in features where !names.contains(name) { names.append(name) }
        return names.map { name in
            let count = features.count { $0 == name }
            return (name.contains(",") ? "“\(name)”" : name) + (count > 1 ? " (\(count) sets)" : "")
        }.joined(separator: ", ")
    }
}

extension FeatureSetFacts {
    /// Of the largest task; of the set where the sweep has no task over it.
    fileprivate var samplesOfTasks: Int { tasks.map(\.samples).max() ?? samples }
}
