import Foundation
import Identities
import Results

/// Shows progress on standard error: on a terminal a bar and the best rows so far, redrawn in place; in a log a line a
/// minute.
package final class ProgressDisplay {
    private static let pauseInLog: Duration = .seconds(60)
    private static let pauseOnTerminal: Duration = .milliseconds(200)

    private let lines = LiveLines.standardError
    private let leaders: LeaderWatch?
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?

    /// - Parameter leaders: where the best rows so far come from; nil to show none.
    package init(leaders: LeaderWatch? = nil) { self.leaders = leaders }

    package func show(_ progress: Progress) {
        let now = ContinuousClock.now
        let pause = lines.isTerminal ? Self.pauseOnTerminal : Self.pauseInLog
        if let lastShown, now - lastShown < pause, !progress.isFinished { return }
        lastShown = now
        let seconds = (now - start) / .seconds(1)
        guard let columns = lines.columns else {
            return lines.writeAbove("\(progress.line(after: seconds).printable)\n")
        }
        let text = ProgressText(progress: progress, elapsed: seconds, leaders: leaders?.poll() ?? [])
        lines.show(text.lines(columns: columns))
    }

    /// Leaves what is shown in place, so that what follows begins on its own line.
    package func end() {
        lines.leave()
        lastShown = nil
    }
}

/// Progress as lines of a terminal, none wider than it.
struct ProgressText {
    private static let (fewestCells, mostCells) = (8, 40)
    /// Figures up to this rank are never left out for the bar.
    private static let keptRank = 1

    let progress: Progress
    /// Seconds since somebody began to look.
    let elapsed: Double
    let leaders: [Leader]

    /// The bar; why nothing moves, if nothing does; and the best row of each task.
    func lines(columns: Int) -> [String] {
        // A character in the last column makes some terminals begin a line.
        let columns = max(1, columns - 1)
        let all = [bar(columns)] + reasons.map { "  \($0)" } + Leader.lines(leaders)
        return all.map { $0.printable.fitted(to: columns) }
    }

    /// The most important figures, as many as fit beside a bar.
    private func bar(_ columns: Int) -> String {
        var parts = figures
        func width() -> Int { parts.reduce(0) { $0 + $1.text.terminalWidth + 2 } }
        while width() + Self.fewestCells > columns,
            let least = parts.indices.max(by: { parts[$0].rank < parts[$1].rank }), parts[least].rank > Self.keptRank
        {
            parts.remove(at: least)
        }
        let text = parts.map(\.text).joined(separator: "  ")
        let cells = min(Self.mostCells, columns - width())
        guard cells >= Self.fewestCells, !progress.isCancelled else { return text }
        return ProgressBar.text(progress.share, cells: cells) + "  " + text
    }

    /// In the order in which they stand, each with its rank: the higher, the sooner it is left out.
    private var figures: [(text: String, rank: Int)] {
        if progress.isCancelled { return [(progress.line, 0)] }
        var figures = [("\(progress.percent) %", 0), ("\(progress.done)/\(progress.total) units", 1)]
        if progress.quarantined > 0 { figures.append(("\(progress.quarantined) quarantined", 2)) }
        if let rate = progress.rateText { figures.append((rate, 5)) }
        figures.append((progress.workersText, 6))
        figures.append((Progress.duration(elapsed), 4))
        if progress.paused == nil, !progress.isFinished, let seconds = progress.secondsToGo {
            figures.append(("\(Progress.duration(seconds)) to go", 3))
        }
        return figures
    }

    private var reasons: [String] {
        guard !progress.isCancelled, !progress.isFinished else { return [] }
        return [progress.paused.map { "paused: \($0)" }, progress.waiting].compactMap { $0 }
    }
}
