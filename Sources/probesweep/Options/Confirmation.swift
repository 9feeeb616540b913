import ArgumentParser
import Foundation
import Identities

/// Asks for confirmation of an action that cannot be undone.
struct ConfirmationOptions: ParsableArguments {
    @Flag(help: "Do not ask for confirmation.")
    var yes = false

    /// Announces the action and waits for the answer.
    ///
    /// - Throws: `ValidationError` without a terminal; exit status 1 if the answer is no.
    func confirm(_ announcement: String) throws {
        if yes { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw ValidationError("\(announcement) There is no terminal for confirmation; give --yes to proceed.")
        }
        FileHandle.standardError.write(Data("\(announcement.printable) Proceed? [y/N] ".utf8))
        guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else {
            Exit.complain("nothing was changed")
            throw Exit.failure
        }
    }
}
