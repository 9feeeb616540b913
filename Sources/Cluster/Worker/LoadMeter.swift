import KernelFiles
import Scheduling

/// Measures what this process takes of its machine.
struct LoadMeter {
    private var last: (time: Instant, processorSeconds: Double)?

    /// - Parameter now: on a clock that never goes back.
    mutating func read(at now: Instant) -> WorkerLoad {
        let figures = ProcessFigures.current
        defer { last = figures.map { (now, $0.processorSeconds) } ?? last }
        return WorkerLoad(
            residentBytes: figures.map { Int($0.residentBytes) },
            processors: figures.flatMap { processors($0.processorSeconds, at: now) },
            loadAverage: Self.average(KernelFile.text("/proc/loadavg") ?? ""))
    }

    /// Nil before there are two moments to compare.
    private func processors(_ seconds: Double, at now: Instant) -> Double? {
        guard let last, now > last.time else { return nil }
        return max(0, seconds - last.processorSeconds) / now.seconds(since: last.time)
    }

    /// The first number of `/proc/loadavg`; see proc_loadavg(5).
    static func average(_ text: String) -> Double? {
        text.split(separator: " ").first.flatMap { Double($0) }.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }
}
