import ArgumentParser

/// What to do with units that were given up.
struct RetryOptions: ParsableArguments {
    @Flag(help: "Retry quarantined units, with their failures forgotten.")
    var retry = false

    /// Says that units are missing, and what brings them back.
    static func advise() {
        Exit.complain("some units are in quarantine; fix the cause, then run the same command with --retry")
    }
}
