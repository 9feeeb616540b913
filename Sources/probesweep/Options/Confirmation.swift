import ArgumentParser
import Foundation

/// Asks before something is done that cannot be taken back.
struct ConfirmationOptions: ParsableArguments {
    @Flag(help: "Do it without asking.")
    var yes = false

    /// Says what will be done and waits for a yes.
    ///
    /// - Throws: `ValidationError` where nobody can be asked; status 1 where the answer is no.
    func confirm(_ announcement: String) throws {
        if yes { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw ValidationError("\(announcement) There is no terminal to ask on: give --yes to go on.")
        }
        FileHandle.standardError.write(Data("\(announcement) Go on? [y/N] ".utf8))
        guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else {
            Exit.complain("nothing was changed")
            throw Exit.failure
        }
    }
}
