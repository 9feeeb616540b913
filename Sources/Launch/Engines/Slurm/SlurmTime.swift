/// Time limits as Slurm writes them.
enum SlurmTime {
    /// Seconds before its end at which a job is warned, unless its limit is short.
    static let longestWarning = 120

    /// Reads `MINUTES`, `MINUTES:SECONDS`, `HOURS:MINUTES:SECONDS`, `DAYS-HOURS`, `DAYS-HOURS:MINUTES` and
    /// `DAYS-HOURS:MINUTES:SECONDS`; nil for anything else.
    static func seconds(_ text: some StringProtocol) -> Int? {
        let halves = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = (halves.last ?? "").split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        let numbers = parts.compactMap { $0 }.filter { $0 >= 0 }
        guard numbers.count == parts.count, (1...3).contains(numbers.count) else { return nil }
        if halves.count == 2 {
            guard let days = Int(halves[0]), days >= 0 else { return nil }
            return sum([days] + numbers, [86400, 3600, 60, 1])
        }
        return sum(numbers, numbers.count == 1 ? [60] : numbers.count == 2 ? [60, 1] : [3600, 60, 1])
    }

    /// Nil for more than any clock holds.
    private static func sum(_ numbers: [Int], _ units: [Int]) -> Int? {
        let seconds = zip(numbers, units).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        return seconds < 1e15 ? Int(seconds) : nil
    }

    /// How long before the end a job with these `sbatch` options is warned: two minutes, or a quarter of a short limit.
    static func warning(for options: [String]) -> Int {
        guard let limit = limit(in: options) else { return longestWarning }
        return max(1, min(longestWarning, limit / 4))
    }

    /// The last `--time` or `-t` among the options.
    private static func limit(in options: [String]) -> Int? {
        var limit: Int?
        for (index, option) in options.enumerated() {
            if option == "--time" || option == "-t" {
                limit = index + 1 < options.count ? seconds(options[index + 1]) : nil
            } else if option.hasPrefix("--time=") {
                limit = seconds(option.dropFirst("--time=".count))
            } else if option.hasPrefix("-t"), !option.hasPrefix("--") {
                limit = seconds(option.dropFirst(2))
            }
        }
        return limit
    }
}
