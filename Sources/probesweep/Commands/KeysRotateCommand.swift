import ArgumentParser
import Transport

extension KeysCommand {
    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Change the coordinator's own keys, with a time in which both the current and the next are known.",
            discussion: """
                Without --finish: prepares the next keys. A running coordinator tells them to everybody who connects, and \
                workers and clients add them to their key files; `keys list` shows who has. With --finish: the next keys \
                become the current ones. The coordinator has them from its next start on; restart it then.
                """)

        @OptionGroup var folder: KeyFolderOptions

        @Flag(help: "Make the next keys the current ones.")
        var finish = false

        func run() throws {
            let keys = try folder.keys
            guard finish else {
                try Output.line("coordinator-next \(keys.beginRotation().text)")
                return
            }
            let missing = try keys.namesWithoutNextKey() ?? []
            try Output.line("coordinator \(keys.finishRotation().text)")
            if !missing.isEmpty {
                Exit.complain(
                    """
                    These have not said that they have the new key. Their handshakes will fail until their key files have the \
                    line above in place of the former: \(missing.joined(separator: ", "))
                    """)
            }
            Exit.complain("Restart the coordinator: it has the new keys from its next start on.")
        }
    }
}
