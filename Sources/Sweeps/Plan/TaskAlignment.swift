import Features

/// Tasks of one name over several feature sets, compared by the ids of their samples.
///
/// Sets that share no id, directly or by way of others, hold other data and are left apart.
struct TaskAlignment {
    struct Member {
        let set: String
        let task: FeatureTask
        let ids: Set<String>

        /// - Parameter task: With ids.
        init(set: String, task: FeatureTask) {
            self.set = set
            self.task = task
            ids = Set(task.ids ?? [])
        }
    }

    /// The samples that all members of a cluster have.
    struct Common {
        let ids: Set<String>
        /// Digests of the members' tasks.
        let tasks: [String]
        fileprivate let sets: Set<String>

        func concerns(set: String) -> Bool { sets.contains(set) }
    }

    /// Members that share samples, those of each cluster in the order of the sweep's feature sets.
    private let clusters: [[Member]]

    /// - Parameter members: In the order of the sweep's feature sets.
    init(members: [Member]) {
        clusters = members.reduce(into: []) { clusters, member in
            let touched = clusters.filter { $0.contains { !$0.ids.isDisjoint(with: member.ids) } }
            clusters.removeAll { $0.contains { !$0.ids.isDisjoint(with: member.ids) } }
            clusters.append(touched.joined() + [member])
        }
    }

    /// Why the members cannot be used together; nil if they can.
    func problem(_ matching: SampleMatching) -> Problem? {
        guard matching != .own else { return nil }
        for cluster in clusters where cluster.count > 1 {
            for (index, second) in cluster.enumerated() {
                for first in cluster[..<index] where !first.task.agrees(with: second.task) {
                    let pair = Pair(first, second)
                    if let problem = pair.conflict ?? (matching == .same ? pair.lack : nil) { return problem }
                }
            }
            if matching == .common, Self.common(cluster).isEmpty {
                return Problem(
                    reason: "no sample is in all of \(cluster.map(\.set).joined(separator: ", ")).",
                    remedy: "Sweep the sets that share samples, or set samples: own.")
            }
        }
        return nil
    }

    /// What each cluster of several members has in common.
    var common: [Common] {
        clusters.filter { $0.count > 1 }.map { cluster in
            Common(
                ids: Self.common(cluster), tasks: Set(cluster.map(\.task.digest)).sorted(),
                sets: Set(cluster.map(\.set)))
        }
    }

    private static func common(_ cluster: [Member]) -> Set<String> {
        cluster.dropFirst().reduce(cluster[0].ids) { $0.intersection($1.ids) }
    }

    struct Problem: Equatable {
        let reason: String
        let remedy: String
    }
}

/// Two members, and the rows of both for every id that they share.
private struct Pair {
    let first: TaskAlignment.Member
    let second: TaskAlignment.Member
    let shared: [(first: Int, second: Int)]

    init(_ first: TaskAlignment.Member, _ second: TaskAlignment.Member) {
        (self.first, self.second) = (first, second)
        let rows = Dictionary(zip(first.task.ids ?? [], 0...)) { earlier, _ in earlier }
        shared = (second.task.ids ?? []).enumerated().compactMap { row, id in rows[id].map { ($0, row) } }
    }

    /// What the sets say otherwise of the samples that both have.
    var conflict: TaskAlignment.Problem? {
        for member in [first, second] where member.ids.count < member.task.samples.count {
            return TaskAlignment.Problem(
                reason:
                    "\(member.set) has an id twice, so that its samples cannot be matched with those of other sets.",
                remedy: "Give every sample an id of its own, or set samples: own.")
        }
        if shared.isEmpty { return nil }
        guard first.task.kind == second.task.kind else {
            return differ("kind", "\(first.task.kind)", "\(second.task.kind)")
        }
        if let found = rowConflict(in: "labels", { $0.labelText($1) }) { return found }
        guard first.task.classes == second.task.classes, first.task.classNames == second.task.classNames else {
            return differ("classes or their order", first.task.classText, second.task.classText)
        }
        return groupConflict
            ?? rowConflict(in: "sides of the split") { task, row in task.split.map { "\($0[row])" } ?? "none" }
    }

    /// How many samples of each the other lacks.
    var lack: TaskAlignment.Problem? {
        let missing = [
            (second.set, first.set, first.task.samples.count - shared.count, first.task.samples.count),
            (first.set, second.set, second.task.samples.count - shared.count, second.task.samples.count),
        ].filter { $0.2 > 0 }
        guard !missing.isEmpty else { return nil }
        let parts = missing.map { "\($0.0) lacks \($0.2) of the \($0.3) samples that \($0.1) has" }
        return TaskAlignment.Problem(
            reason: parts.joined(separator: ", and ") + ".",
            remedy: "Complete the sets, cut all to what they share with samples: common, or set samples: own.")
    }

    private var groupConflict: TaskAlignment.Problem? {
        switch (first.task.groups, second.task.groups) {
        case (nil, nil): return nil
        case (let groups?, let others?):
            if first.task.groupNames != nil, second.task.groupNames != nil {
                return rowConflict(in: "groups") { $0.groupText($1) }
            }
            guard first.task.groupNames == nil, second.task.groupNames == nil else {
                return differ("names of groups", first.task.groupNamesText, second.task.groupNamesText)
            }
            // Numbers may differ as long as the same samples are together.
            var (forth, back): ([Int32: Int32], [Int32: Int32]) = ([:], [:])
            for (row, other) in shared {
                let (group, match) = (groups[row], others[other])
                guard forth[group, default: match] == match, back[match, default: group] == group else {
                    return conflict(in: "groups", count: 1, row: row, "\(group)", "\(match)")
                }
                forth[group] = match
                back[match] = group
            }
            return nil
        default: return differ("groups", first.task.groupsText, second.task.groupsText)
        }
    }

    private func rowConflict(
        in what: String, _ text: (FeatureTask, Int) -> String
    ) -> TaskAlignment.Problem? {
        let found = shared.filter { text(first.task, $0.first) != text(second.task, $0.second) }
        guard let example = found.first else { return nil }
        return conflict(
            in: what, count: found.count, row: example.first, text(first.task, example.first),
            text(second.task, example.second))
    }

    private func conflict(
        in what: String, count: Int, row: Int, _ own: String, _ other: String
    ) -> TaskAlignment.Problem {
        let id = first.task.ids?[row] ?? ""
        return TaskAlignment.Problem(
            reason:
                "\(first.set) and \(second.set) have other \(what) for \(count) of the \(shared.count) samples that "
                + "both have, \"\(id)\" for one: \(own) and \(other).",
            remedy: "Correct one of them; where equal ids are other samples, set samples: own.")
    }

    private func differ(_ what: String, _ own: String, _ other: String) -> TaskAlignment.Problem {
        TaskAlignment.Problem(
            reason: "\(first.set) and \(second.set) share \(shared.count) samples and differ in \(what): \(own) and "
                + "\(other).",
            remedy: "Write both tasks from the same labels; where equal ids are other samples, set samples: own.")
    }
}

extension FeatureTask {
    /// Whether another set's task is the same in all that is compared; class names are not in the digest.
    fileprivate func agrees(with other: FeatureTask) -> Bool {
        digest == other.digest && classNames == other.classNames
    }

    /// The target of a row, by names where there are any.
    fileprivate func labelText(_ row: Int) -> String {
        func name(_ label: Int) -> String { classNames?[label] ?? "\(label)" }
        switch targets {
        case .classes(let labels): return name(Int(labels[row]))
        case .scores(let scores): return "\(scores[row])"
        case .indicators(let indicators):
            return "\((0..<classes).filter { indicators[row * classes + $0] == 1 }.map(name).sorted())"
        }
    }

    fileprivate func groupText(_ row: Int) -> String {
        guard let group = groups?[row] else { return "none" }
        return groupNames?[Int(group)] ?? "\(group)"
    }

    fileprivate var classText: String { classNames.map { "\($0.prefix(5))" } ?? "\(classes) without names" }
    fileprivate var groupsText: String { groups == nil ? "none" : "\(Set(groups ?? []).count)" }
    fileprivate var groupNamesText: String { groupNames == nil ? "none" : "\(groupNames?.count ?? 0)" }
}
