import Cluster
import Features

/// Shows how far an import is on standard error, in a line that is redrawn in place; nothing where no terminal is.
final class ImportDisplay {
    private let lines = LiveLines.standardError
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?

    func show(_ progress: ImportProgress) {
        guard let columns = lines.columns else { return }
        let now = ContinuousClock.now
        if let lastShown, now - lastShown < .milliseconds(200), !progress.isFinished { return }
        lastShown = now
        let line = Self.line(progress, seconds: (now - start) / .seconds(1))
        lines.show(progress.isFinished ? [] : [line.fitted(to: columns - 1)])
    }

    /// Share, bytes, rate and time to go.
    private static func line(_ progress: ImportProgress, seconds: Double) -> String {
        let (written, all) = (Double(progress.written), Double(max(1, progress.bytes)))
        let bar = ProgressBar.text(written / all, cells: 24)
        let rate = written / max(seconds, 1e-3)
        return
            "layer \(progress.layer)  \(bar) \(Int(100 * written / all)) %  \(megabytes(written)) of \(megabytes(all)) MB  "
            + "\(megabytes(rate)) MB/s  \(Int((all - written) / max(rate, 1))) s to go"
    }

    private static func megabytes(_ bytes: Double) -> Int { Int(bytes / 1e6) }
}
