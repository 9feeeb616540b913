import ArgumentParser
package import Numerics

/// Options of every benchmark.
struct MeasurementOptions: ParsableArguments {
    @Option(help: "Counted repetitions of each measurement; the median is printed.")
    var runs = 5

    @Option(help: "Kernel paths to measure, by name; all that this machine can run by default.")
    var paths: [KernelPath] = KernelPath.available

    @Option(help: "Threads for training steps.")
    var threads = 1
}

extension KernelPath: ExpressibleByArgument {
    /// Only a path that this machine can run can be measured.
    package init?(argument: String) {
        guard let path = KernelPath.available.first(where: { $0.rawValue == argument }) else { return nil }
        self = path
    }

    package static var allValueStrings: [String] { available.map(\.rawValue) }
}

/// Prints a rate by the wall clock, and in brackets by processor time, which a busy machine distorts less.
func printRate(_ name: String, _ amount: Double, _ seconds: Timing, _ unit: String) {
    let (wall, processor) = (amount / seconds.wall, amount / seconds.processor)
    print("\(name): \(wall.rounded(to: 1)) (\(processor.rounded(to: 1))) \(unit)")
}

extension Double {
    func rounded(to digits: Int) -> String {
        let scale = (0..<digits).reduce(1.0) { power, _ in power * 10 }
        let value = (self * scale).rounded() / scale
        return digits == 0 ? String(Int(value)) : String(value)
    }
}
