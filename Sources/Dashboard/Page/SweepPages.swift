import Foundation
import Identities
import Ledger
import Report
import Synchronization

/// The tables and figures of each sweep as they fill: its report, of what the ledger has by now.
///
/// A report of many units takes seconds, so that one is kept for a while, and one is made at a time.
final class SweepPages: Sendable {
    /// Seconds that a report is shown before it is made again, and how many are kept.
    private static let (patience, most) = (Duration.seconds(15), 4)

    private let ledger: LedgerReader
    private let kept = Mutex<[SweepID: Kept]>([:])

    private struct Kept {
        let html: String
        let made: ContinuousClock.Instant
    }

    /// What a browser may load and run in a report.
    static let policy = Report.contentSecurityPolicy

    init(_ ledger: LedgerReader) { self.ledger = ledger }

    /// The sweep whose report has this path, `/sweeps/N`; nil for other paths.
    static func sweep(_ path: String) -> SweepID? {
        path.wholeMatch(of: /\/sweeps\/([0-9]{1,18})/).flatMap { Int64($0.1) }.map { SweepID($0) }
    }

    /// Nil for a sweep that there is not, and for results that cannot be read.
    func html(_ sweep: SweepID) -> String? {
        kept.withLock { kept in
            if let known = kept[sweep], .now - known.made < Self.patience { return known.html }
            guard let html = try? Report.make(["\(sweep)"], in: ledger, withSpecifications: false).html() else {
                return nil
            }
            if kept.count >= Self.most { kept = kept.filter { .now - $0.value.made < Self.patience } }
            kept[sweep] = Kept(html: html, made: .now)
            return html
        }
    }
}
