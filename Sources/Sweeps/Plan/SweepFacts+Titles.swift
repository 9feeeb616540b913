extension SweepFacts {
    /// The sets under titles that no two of them share: the set's own name is added where they would.
    ///
    /// Tables can do with one title for sets of unlike tasks, since the task stands beside it; passes have none.
    var setsToldApart: [FeatureSetFacts] {
        let counts = sets.reduce(into: [String: Int]()) { $0[$1.title ?? $1.name, default: 0] += 1 }
        return sets.map { set in
            let title = set.title ?? set.name
            guard counts[title, default: 0] > 1 else { return set }
            var own = set
            own.title = "\(title) (\(set.name))"
            return own
        }
    }
}
