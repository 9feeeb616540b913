extension Coordinator {
    /// Ends the process as a broken invariant does, for tests of the consequences.
    package mutating func trap() -> Never { invariantFailure("The environment asked for a trap at this event.") }
}
