import ArgumentParser

/// What to do with units that were given up.
struct RetryOptions: ParsableArguments {
    @Flag(help: "Try units in quarantine again, as if nothing had been held against them.")
    var retry = false

    /// Says that units are missing, and what brings them back.
    static func advise() {
        Exit.complain("some units are in quarantine; when what kept them is mended, run the same command with --retry")
    }
}
