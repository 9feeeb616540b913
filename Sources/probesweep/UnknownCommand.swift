import ArgumentParser
import Identities

/// A command that there is none of.
struct UnknownCommand: UsageError, CustomStringConvertible {
    /// The commands before it, `probesweep` first.
    let path: [String]
    let name: String
    let known: [String]

    /// The first word of the arguments that should be a command and is none; nil if there is no such word.
    ///
    /// The parser takes such a word for an argument of the command before it, and says so of all words after it too.
    init?(in arguments: [String], of root: any ParsableCommand.Type) {
        var (command, path): (any ParsableCommand.Type, [String]) = (root, [Self.name(of: root)])
        for word in arguments {
            let subcommands = command.configuration.subcommands
            guard !subcommands.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
            guard let next = subcommands.first(where: { Self.name(of: $0) == word }) else {
                self.init(
                    path: path, name: word, known: subcommands.filter { $0.configuration.shouldDisplay }.map(Self.name))
                return
            }
            command = next
            path.append(word)
        }
        return nil
    }

    private init(path: [String], name: String, known: [String]) {
        self.path = path
        self.name = name
        self.known = known
    }

    var description: String {
        let nearest = nearestName(to: name, among: known).map { "; did you mean \($0)?" } ?? "."
        return "unknown command \"\(name)\" of \(path.joined(separator: " "))\(nearest) Commands are: "
            + known.joined(separator: ", ") + "."
    }

    private static func name(of command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? "\(command)".lowercased()
    }
}
