import ArgumentParser

/// How to handle quarantined units.
struct RetryOptions: ParsableArguments {
    @Flag(help: "Retry quarantined units, and forget their failures.")
    var retry = false

    /// Tells the user that units are missing, and how to retry them.
    static func advise() {
        Exit.complain("some units are in quarantine; fix the cause, then run the same command with --retry")
    }
}
