import Foundation
import Numerics

/// Places labels beside points, so that no label lies on another or on a point.
///
/// Every label has candidates around its point, near ones first. The label with the fewest free candidates chooses first;
/// then simulated annealing moves single labels between candidates that are free, towards short distances and few
/// crossings. No step ever lets two labels overlap, so none do at the end. The random numbers have a fixed seed: the same
/// labels have the same places on every machine.
package struct LabelPlacement {
    /// A label and the point that it names.
    package struct Label {
        package var x: Double
        package var y: Double
        package var width: Double
        package var height: Double

        package init(x: Double, y: Double, width: Double, height: Double) {
            (self.x, self.y, self.width, self.height) = (x, y, width, height)
        }
    }

    /// Where a label stands.
    package struct Place {
        package let box: Box
        /// From the label to its point where it stands too far off to be read as that point's; nil beside the point.
        package let leader: Segment?
    }

    /// One for each label; nil where the frame has no room for it.
    package private(set) var places: [Place?]

    /// Whether so many labels stand away from their points, or nowhere, that the frame is hard to read.
    package var isCrowded: Bool {
        let away = places.count { $0 == nil || $0?.leader != nil }
        return away > max(2, places.count / 5)
    }

    private let candidates: [[Candidate]]
    /// Of each label, the index of its candidate.
    private var chosen: [Int?]

    /// - Parameters:
    ///   - obstacles: what no label may cover, the markers of all points first of all.
    ///   - lines: what labels should not cover.
    ///   - intervals: the same of vertical lines through points, where a label is read as that of the line's point.
    ///   - frame: what labels stay within.
    package init(_ labels: [Label], obstacles: [Box], lines: [Box], intervals: [Box] = [], frame: Box) {
        candidates = labels.map { label in
            func free(_ boxes: [Box]) -> [Candidate] {
                boxes.filter(frame.contains).enumerated().compactMap { rank, box in
                    Candidate(box, of: label, rank: rank, obstacles: obstacles, lines: lines, intervals: intervals)
                }
            }
            let near = free(label.boxesAround)
            // Places far off are only for labels that others may leave without any.
            let all = near.count < Self.enough ? near + free(label.lattice(over: frame)) : near
            return all.sorted { ($0.cost, $0.rank) < ($1.cost, $1.rank) }
        }
        chosen = labels.map { _ in nil }
        places = []
        chooseGreedily()
        anneal(CounterGenerator(key: 0, stream: Self.stream))
        places = candidates.indices.map { label in
            chosen[label].map { Place(box: candidates[label][$0].box, leader: candidates[label][$0].leader) }
        }
    }

    /// Labels with little freedom first.
    private mutating func chooseGreedily() {
        let order = candidates.indices.sorted { (candidates[$0].count, $0) < (candidates[$1].count, $1) }
        for label in order {
            chosen[label] = candidates[label].indices.first { isFree(candidates[label][$0].box, for: label) }
        }
    }

    private func isFree(_ box: Box, for label: Int) -> Bool {
        !candidates.indices.contains { other in
            guard other != label, let index = chosen[other] else { return false }
            return candidates[other][index].box.overlaps(box)
        }
    }

    private mutating func anneal(_ generator: CounterGenerator) {
        guard candidates.count > 1 else { return }
        let steps = UInt64(Self.stepsOfLabel * candidates.count)
        var (cost, best, leastCost) = (totalCost, chosen, totalCost)
        for step in 0..<steps {
            let temperature = Self.warmest * pow(Self.coldest / Self.warmest, Double(step) / Double(steps))
            let label = Self.index(below: candidates.count, generator.bits(at: 3 * step))
            let count = min(candidates[label].count, Self.considered)
            guard count > 0 else { continue }
            let index = Self.index(below: count, generator.bits(at: 3 * step + 1))
            guard isFree(candidates[label][index].box, for: label) else { continue }
            let change = self.cost(of: label, at: index) - self.cost(of: label, at: chosen[label])
            let chance = Double(generator.bits(at: 3 * step + 2) >> 11) / Double(1 << 53)
            guard change <= 0 || chance < exp(-change / temperature) else { continue }
            chosen[label] = index
            cost += change
            if cost < leastCost - 1e-9 { (best, leastCost) = (chosen, cost) }
        }
        chosen = best
    }

    /// Of all labels; a crossing belongs to two of them, and counts once.
    private var totalCost: Double {
        candidates.indices.reduce(0) { sum, label in
            sum + (chosen[label].map { candidates[label][$0].cost } ?? Self.costOfNone)
                + crossings(of: label, at: chosen[label]) / 2
        }
    }

    private func cost(of label: Int, at index: Int?) -> Double {
        guard let index else { return Self.costOfNone }
        return candidates[label][index].cost + crossings(of: label, at: index)
    }

    /// Of the label's leader with other labels and leaders, and of other leaders with the label.
    private func crossings(of label: Int, at index: Int?) -> Double {
        guard let index else { return 0 }
        let own = candidates[label][index]
        var sum = 0.0
        for other in candidates.indices where other != label {
            guard let chosen = chosen[other] else { continue }
            let theirs = candidates[other][chosen]
            if let leader = own.leader, theirs.box.crosses(leader) { sum += Self.costOfCrossing }
            if let leader = theirs.leader, own.box.crosses(leader) { sum += Self.costOfCrossing }
            if let leader = own.leader, let their = theirs.leader, leader.crosses(their) { sum += Self.costOfCrossing }
        }
        return sum
    }

    private static func index(below count: Int, _ bits: UInt64) -> Int {
        Int(bits.multipliedFullWidth(by: UInt64(count)).high)
    }

    private static let stepsOfLabel = 60
    /// With so many free candidates around its point a label needs no others.
    private static let enough = 24
    /// The candidates of a label that annealing draws from, the cheapest.
    private static let considered = 60
    private static let (warmest, coldest) = (12.0, 0.3)
    fileprivate static let costOfCrossing = 25.0
    private static let costOfNone = 1000.0
    /// The stream of these random numbers.
    private static let stream: UInt64 = 0x6C61_6265_6C73_0001
}

/// One place for a label, with what it costs whatever others do.
private struct Candidate {
    let box: Box
    let leader: Segment?
    let cost: Double
    let rank: Int

    /// Nil where the box covers an obstacle.
    init?(
        _ box: Box, of label: LabelPlacement.Label, rank: Int, obstacles: [Box], lines: [Box], intervals: [Box]
    ) {
        guard !obstacles.contains(where: box.overlaps) else { return nil }
        let point = box.nearest(to: (label.x, label.y))
        let distance = hypot(point.x - label.x, point.y - label.y)
        let segment = Segment(from: point, to: (label.x, label.y))
        // A label that lies nearer to another point, or on its interval, would be read as that one's.
        let isMisread =
            obstacles.contains { $0.middle.distance(to: box) < label.marker.distance(to: box) - 0.2 }
            || intervals.contains { $0.overlaps(box) && !$0.contains(label.marker) }
        let leader = distance > Self.near || isMisread ? segment : nil
        let covered = (lines + intervals).count { box.overlaps($0) }
        let passed = leader.map { leader in obstacles.count { $0.crosses(leader) } } ?? 0
        self.box = box
        self.leader = leader
        self.rank = rank
        // A leader ends in the marker of its own point, which is among the obstacles.
        let reading = (isMisread ? 14.0 : 0) + (leader == nil ? 0 : 6)
        cost = distance + reading + 2 * Double(covered) + LabelPlacement.costOfCrossing * Double(max(0, passed - 1))
    }

    /// Up to this distance a label is read as that of its point.
    private static let near = 6.0
}

extension LabelPlacement.Label {
    /// The middle of the point's marker.
    fileprivate var marker: Box { Box(around: (x, y), width: 0, height: 0) }

    /// Boxes around the point at growing distances.
    fileprivate var boxesAround: [Box] {
        Self.distances.flatMap { distance in
            Self.directions.map { direction in
                Box(
                    around: (x + direction.0 * (width / 2 + distance), y + direction.1 * (height / 2 + distance)),
                    width: width, height: height)
            }
        }
    }

    /// Boxes all over the frame.
    fileprivate func lattice(over frame: Box) -> [Box] {
        let rows = stride(from: frame.top + height / 2, through: frame.bottom - height / 2, by: height + 1)
        let columns = stride(from: frame.left + width / 2, through: frame.right - width / 2, by: max(width / 2, 4))
        return rows.flatMap { y in columns.map { x in Box(around: (x, y), width: width, height: height) } }
    }

    private static let distances = [2.6, 4, 7, 11, 16, 23, 32, 44]

    /// Right of the point first, then above, as one reads.
    private static let directions = [
        (1.0, 0.0), (1, -1), (0, -1), (-1, -1), (-1, 0), (0, 1), (1, 1), (-1, 1), (0.5, -1), (-0.5, -1), (0.5, 1),
        (-0.5, 1),
    ]
}
