import Foundation
import KernelFiles
import Numerics

/// The time of a body: medians of several runs after a warm-up run.
struct Timing {
    /// Seconds of wall-clock time.
    let wall: Double
    /// Seconds of processor time of the whole process, which other processes on the machine hardly change.
    let processor: Double
}

func measure(runs: Int, _ body: () -> Void) -> Timing {
    body()
    let clock = ContinuousClock()
    let times = (0..<runs).map { _ in
        let before = processorSeconds()
        let wall = clock.measure(body) / .seconds(1)
        return (wall: wall, processor: processorSeconds() - before)
    }
    return Timing(wall: times.map(\.wall).sorted()[runs / 2], processor: times.map(\.processor).sorted()[runs / 2])
}

/// Processor time of this process so far.
func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// GFLOP/s of a path's arithmetic units by processor time: multiply–adds from registers, nothing loaded or stored.
func peakGigaflops(_ path: KernelPath) -> Double {
    var operations = 0.0
    let seconds = measure(runs: 5) { operations = PeakKernels.saturateArithmetic(of: path, rounds: 20_000_000) }
    return operations / 1e9 / seconds.processor
}

/// Seconds of processor time that the calling thread has taken.
func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Seconds of processor time that the process's threads of a name have taken.
func threadSeconds(of name: String) -> Double {
    let tasks = "/proc/self/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    return threads.reduce(0) { sum, thread in
        guard KernelFile.text("\(tasks)/\(thread)/comm") == name + "\n",
            let times = KernelFile.text("\(tasks)/\(thread)/schedstat"),
            let nanoseconds = times.split(separator: " ").first.flatMap({ Double($0) })
        else { return sum }
        return sum + nanoseconds / 1e9
    }
}
