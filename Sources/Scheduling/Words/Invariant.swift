/// Ends the process with the message if a rule that this room keeps by itself is broken.
///
/// `precondition` says nothing in release builds, where its message is wanted most. Only what no message of a peer and
/// no file can bring about may be asked for here.
func invariant(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    if !condition { invariantFailure(message(), file: file, line: line) }
}

@inline(never)
func invariantFailure(_ message: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
    fatalError(message, file: file, line: line)
}
