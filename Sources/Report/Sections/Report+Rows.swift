import Identities
import Results

extension Report {
    /// All rows, compressed, and where the script shows them.
    var allRows: [Markup] {
        get throws {
            let count = table.blocks.reduce(0) { $0 + $1.rows.count }
            guard count > 0 else { return [] }
            let data = try Deflate.base64(RowRecords.json(table))
            let commands = sweeps.map { "probesweep table \(ShellQuoting.quoted($0.name.printable))" }.joined(
                separator: "; ")
            return [
                """
                <p>All \(count) rows lie compressed in this file, with the score, the choices and the key of each unit. A \
                browser with scripts shows them here, to be sorted, filtered and drawn.</p>
                <noscript><p class="note">Scripts are off. The rows are printed by: <code>\(commands)</code></p></noscript>
                <div id="rows-view" hidden></div>
                <script type="application/octet-stream" id="rows-data">\(Markup.verbatim(data))</script>
                """
            ]
        }
    }
}
