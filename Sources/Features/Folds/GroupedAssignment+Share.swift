extension GroupedAssignment {
    /// How far the rows that are held back may be from the share that was asked for, as a part of it, before their number
    /// counts more than the proportions of classes.
    package static let shareTolerance = 0.2

    /// Rows of whole groups that hold `fraction` of all rows, and of each class as far as groups allow.
    ///
    /// Groups are taken in descending order of size, equals in random order. Each goes to the side with the least growth
    /// of Σ_c n_c²/(w·N_c) + n²/(w·N), where w is the side's share, n_c and N_c its rows of a class and all rows of that
    /// class: the χ²-like distance from the share, by rows and by classes. Where classes then hold the rows more than
    /// ``shareTolerance`` away from the share, groups change sides, large ones first, each only if that brings the rows
    /// nearer. If that does not suffice, groups are held back in the same order as long as they fit into the share, which
    /// leaves it short by less than the smallest group that trains. At least one group stays on either side.
    ///
    /// - Returns: none if there are fewer than two groups or the fraction is 0.
    func share(_ fraction: Double, purpose: Strata.Purpose, seed: UInt64) -> Set<Int> {
        guard groupCount > 1, fraction > 0 else { return [] }
        let ordered = order(purpose: purpose, seed: seed)
        let target = fraction * Double(rows)
        var sides = HeldBack(sizes: ordered.map(\.rows.count), dealt(ordered, fraction))
        if sides.distance(from: target) > Self.shareTolerance * target {
            sides.approach(target, within: Self.shareTolerance * target)
        }
        if sides.distance(from: target) > Self.shareTolerance * target {
            let filled = HeldBack(sizes: sides.sizes, filling: target)
            if filled.distance(from: target) < sides.distance(from: target) { sides = filled }
        }
        sides.keepBoth()
        return Set(ordered.indices.filter { sides.contains[$0] }.flatMap { ordered[$0].rows })
    }

    private struct Side {
        let share: Double
        var rows = 0
        var countOfClass: [Int32: Int] = [:]

        mutating func add(_ group: Group) {
            rows += group.rows.count
            countOfClass.merge(group.countOfClass, uniquingKeysWith: +)
        }
    }

    /// For each group whether it is held back.
    private func dealt(_ groups: [Group], _ fraction: Double) -> [Bool] {
        var (training, validation) = (Side(share: 1 - fraction), Side(share: fraction))
        return groups.map { group in
            let isHeldBack = growth(of: validation, by: group) < growth(of: training, by: group)
            if isHeldBack { validation.add(group) } else { training.add(group) }
            return isHeldBack
        }
    }

    /// Less what is the same for both sides.
    private func growth(of side: Side, by group: Group) -> Double {
        func growth(_ count: Int, _ more: Int, _ total: Int) -> Double {
            Double(2 * count * more + more * more) / (side.share * Double(total))
        }
        var sum = growth(side.rows, group.rows.count, rows)
        // In the order of the classes, so that the last bit is the same in every run.
        for (label, count) in group.countOfClass.sorted(by: { $0.key < $1.key }) {
            sum += growth(side.countOfClass[label] ?? 0, count, totalOfClass[label] ?? 1)
        }
        return sum
    }
}

/// Which of some groups are held back.
private struct HeldBack {
    /// Rows of each group, falling.
    let sizes: [Int]
    private(set) var contains: [Bool]
    /// Of all groups that are held back.
    private var rows: Int

    init(sizes: [Int], _ contains: [Bool]) {
        (self.sizes, self.contains) = (sizes, contains)
        rows = zip(sizes, contains).reduce(0) { $0 + ($1.1 ? $1.0 : 0) }
    }

    /// Each group that still fits.
    init(sizes: [Int], filling target: Double) {
        var rows = 0
        let contains = sizes.map { size in
            guard Double(rows + size) <= target else { return false }
            rows += size
            return true
        }
        self.init(sizes: sizes, contains)
    }

    func distance(from target: Double) -> Double { abs(Double(rows) - target) }

    /// Moves groups that bring the rows nearer, until they are near enough.
    mutating func approach(_ target: Double, within tolerance: Double) {
        for index in sizes.indices where distance(from: target) > tolerance {
            let before = distance(from: target)
            move(index)
            if distance(from: target) >= before { move(index) }
        }
    }

    /// The smallest group changes sides if all are on one.
    mutating func keepBoth() {
        if contains.allSatisfy({ $0 == contains[0] }) { move(sizes.count - 1) }
    }

    private mutating func move(_ index: Int) {
        rows += contains[index] ? -sizes[index] : sizes[index]
        contains[index].toggle()
    }
}
