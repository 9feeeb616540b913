/// Options for `sbatch` that a launch cannot work with.
enum SlurmOptions {
    /// By name and letter, with what the launch does instead.
    private static let refused: [(name: String, letter: Character?, remedy: String)] = [
        ("array", "a", "each worker is a job of its own; give --at-most"),
        ("clusters", "M", "jobs are looked for on the cluster of this machine; launch from one of the other's"),
        ("job-name", "J", "jobs are found by their names; give --name"),
        ("wait", "W", "the launch waits for its jobs itself"),
    ]

    /// What is wrong with these options, for people; nil if they can be used.
    static func problem(in options: [String]) -> String? {
        for option in options {
            guard let found = refused.first(where: { isGiven($0.name, $0.letter, option) }) else { continue }
            return "“\(option)” is no option for a launch: \(found.remedy)"
        }
        return nil
    }

    /// Long options may be cut off, as `sbatch` takes them, and letters may be followed by their value.
    private static func isGiven(_ name: String, _ letter: Character?, _ option: String) -> Bool {
        if option.hasPrefix("--") {
            let given = option.dropFirst(2).prefix { $0 != "=" }
            return given.count > 1 && name.hasPrefix(given)
        }
        return option.count > 1 && option.first == "-" && option.dropFirst().first == letter
    }
}
