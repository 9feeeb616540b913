/// Ends the process with the message if an invariant of this module is broken.
///
/// `precondition` prints nothing in release builds, where its message is needed most. Check only conditions here that
/// no peer's message and no file can break.
func invariant(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    if !condition { invariantFailure(message(), file: file, line: line) }
}

@inline(never)
func invariantFailure(_ message: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
    fatalError(message, file: file, line: line)
}
