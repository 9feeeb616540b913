extension Coordinator {
    /// Ends the process as a broken rule in the machine does, for tests of what follows from it.
    public mutating func trap() -> Never { invariantFailure("The environment asked for a trap at this event.") }
}
