import Cluster
import Report

/// What operators can do at the page. Without a script that has the token it stays hidden.
enum PageActions {
    static func buttons(_ sweep: SweepStatus) -> String {
        guard !sweep.isCancelled else { return "" }
        let subject = "sweep \(sweep.name) (\(sweep.number))"
        var buttons: [String] = []
        if sweep.progress.quarantined > 0 {
            buttons.append(button("retry", "Retry failures", sweep: sweep, "Retry the failures of \(subject)"))
        }
        if !sweep.progress.isFinished {
            buttons.append(
                button(
                    "priority", "Priority", sweep: sweep, "Which priority, from -1000 to 1000, shall \(subject) have?"))
            buttons.append(button("cancel", "Cancel", sweep: sweep, "Cancel \(subject)? Its results stay."))
        }
        return row(buttons)
    }

    static func buttons(_ worker: WorkerStatus) -> String {
        switch worker.state {
        case "active":
            row([
                button(
                    "drain", "Drain", ["worker": worker.name],
                    "Drain worker \(worker.name)? It finishes what it has begun and takes nothing more.")
            ])
        case "suspended":
            row([button("resume", "Resume", ["worker": worker.name], "Resume the host of worker \(worker.name)")])
        default: ""
        }
    }

    /// Where the token is given.
    static let access = """
        <details id=access hidden><summary>Actions</summary>
        <form><label for=token>Token</label> <input id=token type=password autocomplete=off spellcheck=false> \
        <button>Use it</button> <button type=button id=forget hidden>Forget it</button>
        <p>It is in <code>STATE/dashboard.token</code> on the coordinator's machine. This tab keeps it until it is closed.</p>
        </form></details>
        """

    /// Where an action is confirmed.
    static let dialog = """
        <dialog id=confirm aria-labelledby=question><form><p id=question></p>
        <p id=number hidden><label for=priority>Priority</label> \
        <input id=priority type=number min=-1000 max=1000 step=1></p>
        <p><button id=yes>Do it</button> <button type=button id=no>Leave it</button></p></form></dialog>
        """

    private static func row(_ buttons: [String]) -> String {
        buttons.isEmpty ? "" : "<p class=actions>\(buttons.joined(separator: " "))</p>"
    }

    private static func button(
        _ action: String, _ title: String, sweep: SweepStatus, _ words: String
    ) -> String {
        button(action, title, ["sweep": "\(sweep.number)", "priority": "\(sweep.priority)"], words)
    }

    /// - Parameter words: what is asked before, or what it does.
    private static func button(
        _ action: String, _ title: String, _ subject: KeyValuePairs<String, String>, _ words: String
    ) -> String {
        let data = subject.map { " data-\($0.key)=\"\(Markup.escaped($0.value))\"" }.joined()
        return "<button type=button data-key=\(action) data-action=\(action)\(data) "
            + "aria-label=\"\(Markup.escaped(words))\">\(title)</button>"
    }
}
