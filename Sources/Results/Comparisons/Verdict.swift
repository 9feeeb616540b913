/// What a pair's posterior says at 95 %, qualified by how its rows were trained.
///
/// A row whose training is marked (a choice at the edge of its grid, a head that may not have converged, a choice on few
/// rows) could be better than it is. So a verdict against such a row, and one that finds both equal, is open, with the
/// reason: `open: not converged`. Where only the better row is marked the verdict stands, with the reason too: `first:
/// not converged`. Observations on the test figure qualify nothing, and no number of the test changes.
struct Verdict: CustomStringConvertible {
    private enum Finding: String { case first, second, same, open }

    private let finding: Finding
    private let qualifiers: [String]

    init(_ posterior: BayesianCorrelatedTest, _ first: Comparison.Row, _ second: Comparison.Row) {
        let found: Finding =
            if posterior.firstBetter >= 0.95 {
                .first
            } else if posterior.secondBetter >= 0.95 {
                .second
            } else {
                posterior.equivalent >= 0.95 ? .same : .open
            }
        let (ofFirst, ofSecond) = (Self.qualifiers(of: first), Self.qualifiers(of: second))
        let couldChange =
            switch found {
            case .first: ofSecond
            case .second: ofFirst
            case .same, .open: ofFirst + ofSecond
            }
        finding = couldChange.isEmpty ? found : .open
        var qualifiers: [String] = []
        for qualifier in couldChange.isEmpty ? ofFirst + ofSecond : couldChange where !qualifiers.contains(qualifier) {
            qualifiers.append(qualifier)
        }
        self.qualifiers = qualifiers
    }

    private static func qualifiers(of row: Comparison.Row) -> [String] { row.marks.compactMap(\.kind.qualifier) }

    var description: String {
        finding.rawValue + (qualifiers.isEmpty ? "" : ": " + qualifiers.joined(separator: ", "))
    }
}
