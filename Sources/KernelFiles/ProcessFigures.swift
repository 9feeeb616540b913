internal import Foundation

/// What the operating system says of this process.
package struct ProcessFigures: Sendable, Equatable {
    /// In user and in system mode, of all threads.
    package var processorSeconds: Double
    package var residentBytes: Double
    /// Seconds since 1970.
    package var startTime: Double
    package var openDescriptors: Int

    /// Nil where `/proc` does not say it.
    package static var current: ProcessFigures? {
        guard let stat = KernelFile.text("/proc/self/stat"), let machine = KernelFile.text("/proc/stat"),
            let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        else { return nil }
        return ProcessFigures(
            stat: stat, machine: machine, openDescriptors: descriptors.count,
            ticks: Double(sysconf(Int32(_SC_CLK_TCK))), pageBytes: Double(sysconf(Int32(_SC_PAGESIZE))))
    }

    /// - Parameters:
    ///   - stat: `/proc/PID/stat`; see proc_pid_stat(5).
    ///   - machine: `/proc/stat`, which has the time of the machine's start.
    ///   - ticks: clock ticks of a second.
    package init?(stat: String, machine: String, openDescriptors: Int, ticks: Double, pageBytes: Double) {
        // The program's name, in brackets, may hold spaces and brackets.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        // The first of these is the third field of the file.
        let fields = stat[stat.index(after: end)...].split(whereSeparator: \.isWhitespace).map { Double($0) }
        let boot = machine.split(separator: "\n").first { $0.hasPrefix("btime ") }?.split(separator: " ").last
        guard fields.count > 21, let user = fields[11], let system = fields[12], let start = fields[19],
            let pages = fields[21], let boot = boot.flatMap({ Double($0) }), ticks > 0
        else { return nil }
        processorSeconds = (user + system) / ticks
        residentBytes = pages * pageBytes
        startTime = boot + start / ticks
        self.openDescriptors = openDescriptors
    }
}
