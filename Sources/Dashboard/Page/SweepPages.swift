import Foundation
import Identities
import Ledger
import Report
import Synchronization

/// The tables and figures of each sweep as they fill: its report, of what the ledger has by now.
///
/// A report of many units takes seconds. So one is kept for a while, and is shown while the next is made; and few are made
/// at a time, so that health checks and metrics keep slots of the server.
final class SweepPages: Sendable {
    /// Seconds that a report is shown before it is made again, how many are kept, and how many are made at a time.
    private static let (patience, mostKept, mostMade) = (Duration.seconds(15), 4, 2)

    enum Answer: Sendable, Equatable {
        case report(String)
        /// It comes when it is asked for again.
        case beingMade
        /// There is no such sweep, or its results cannot be read.
        case none
    }

    private struct Kept {
        let html: String
        let made: ContinuousClock.Instant
    }

    private struct Pages {
        var kept: [SweepID: Kept] = [:]
        var inTheMaking: Set<SweepID> = []
    }

    private let make: @Sendable (SweepID) -> String?
    private let pages = Mutex(Pages())

    /// What a browser may load and run in a report.
    static let policy = Report.contentSecurityPolicy

    convenience init(_ ledger: LedgerReader) {
        self.init { try? Report.make(["\($0)"], in: ledger, withSpecifications: false).html() }
    }

    /// - Parameter make: The report of a sweep; nil where there is none.
    init(make: @escaping @Sendable (SweepID) -> String?) { self.make = make }

    /// The sweep whose report has this path, `/sweeps/N`; nil for other paths.
    static func sweep(_ path: String) -> SweepID? {
        path.wholeMatch(of: /\/sweeps\/([0-9]{1,18})/).flatMap { Int64($0.1) }.map { SweepID($0) }
    }

    func answer(_ sweep: SweepID) -> Answer {
        let known = pages.withLock { pages -> Answer? in
            let kept = pages.kept[sweep]
            if let kept, .now - kept.made < Self.patience { return .report(kept.html) }
            if pages.inTheMaking.contains(sweep) || pages.inTheMaking.count >= Self.mostMade {
                return kept.map { .report($0.html) } ?? .beingMade
            }
            pages.inTheMaking.insert(sweep)
            return nil
        }
        if let known { return known }
        let html = make(sweep)
        pages.withLock { pages in
            pages.inTheMaking.remove(sweep)
            pages.kept[sweep] = html.map { Kept(html: $0, made: .now) }
            if pages.kept.count > Self.mostKept, let oldest = pages.kept.min(by: { $0.value.made < $1.value.made }) {
                pages.kept[oldest.key] = nil
            }
        }
        return html.map { .report($0) } ?? .none
    }
}
