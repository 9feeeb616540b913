import Foundation
import Results
import Testing
import Units

@Suite("Text from other machines in tables and figures")
struct ForeignTextTests {
    private static let escape = "\u{1B}[2J\u{9B}31m"
    private static let forged = "a\r\nb\u{7F}\u{202E}"

    /// A table whose task, feature set, labels and reasons have control characters.
    private static func table() throws -> ResultTable {
        var table = try SampleResults.noisyTable()
        for block in table.blocks.indices {
            table.blocks[block].task += escape
            for row in table.blocks[block].rows.indices {
                table.blocks[block].rows[row].label += forged
                table.blocks[block].rows[row].unit.features.set += escape + "\(row % 2)"
            }
        }
        table.blocks[0].rows[0].folds[0].result = nil
        table.blocks[0].rows[0].folds[0].reasonMissing = "died\n\u{1B}]0;title\u{7}"
        return table
    }

    private static func hasControl(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            scalar != "\n" && (scalar.properties.generalCategory == .control || scalar == "\u{202E}")
        }
    }

    @Test("A table has no control characters, and no line that a name made", arguments: TableFormat.allCases)
    func tables(_ format: TableFormat) throws {
        guard format != .json else { return }
        let text = try Self.table().rendered(as: format)
        #expect(!Self.hasControl(text.replacing("\r\n", with: "\n")))
        #expect(format == .latex || text.contains(#"\u{1B}[2J\u{009B}31m"#))
        #expect(!text.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("b") }, "a name forged a line")
    }

    @Test("Neither has a table of best rows, of curves or of comparisons")
    func others() throws {
        let table = try Self.table()
        for format in TableFormat.allCases where format != .json {
            for text in [
                table.bestRows(over: .probe).rendered(as: format), table.curves(over: .layer).rendered(as: format),
            ] {
                #expect(!Self.hasControl(text.replacing("\r\n", with: "\n")), "\(format)")
            }
        }
        for format in ComparisonFormat.allCases where format != .json {
            let text = try table.blocks.suffix(1).map { try Comparison.make($0) }.rendered(as: format)
            #expect(!Self.hasControl(text.replacing("\r\n", with: "\n")), "\(format)")
        }
    }

    @Test("A name cannot become markup of a table to paste", arguments: PivotFormat.allCases)
    func pivots(_ format: PivotFormat) throws {
        var table = try SampleResults.noisyTable()
        for block in table.blocks.indices {
            table.blocks[block].task = #"<b>|a_b*c`\end{table}&\#(Self.escape)"#
            for row in table.blocks[block].rows.indices { table.blocks[block].rows[row].features = #"<i>\|%$#{}~^"# }
        }
        table.blocks.removeLast()
        let pivot = try PivotTable.make(table, rows: [.features, .probes, .output], columns: [.tasks, .layers])
        let text = pivot.rendered(as: format, PivotOptions(caption: "<u>|&"))
        #expect(format == .json || !Self.hasControl(text.replacing("\r\n", with: "\n")))
        switch format {
        case .html:
            #expect(text.contains("&lt;b&gt;|a_b*c") && text.contains("&lt;i&gt;") && text.contains("&lt;u&gt;|&amp;"))
            #expect(!text.contains("<i>") && !text.contains("<u>|"))
        case .markdown:
            #expect(text.contains(#"\<b>\|a\_b\*c\`\\end{table}"#) && text.contains(#"\<i>\\\|%"#))
            #expect(text.contains(#"\<u>\|&"#))
        case .latex:
            #expect(
                text.contains(#"a\_b*c`\textbackslash{}end\{table\}\&"#)
                    && text.matches(of: /\\end\{table\}/).count == 1)
            #expect(text.contains(##"\%\$\#\{\}\textasciitilde{}\textasciicircum{}"##))
        case .text, .csv, .json: #expect(text.contains("<b>|a_b*c`"))
        }
    }

    @Test("Neither has a plot", arguments: SampleResults.drawnAxes)
    func plots(_ axis: ResultPlot.Axis) throws {
        let svg = try ResultPlot.svg(Self.table(), against: axis)
        #expect(!Self.hasControl(svg))
    }

    @Test("A plot is written in the format of its file's extension", arguments: ["a.svg", "b/c.SVG"])
    func format(_ path: String) throws {
        #expect(try PlotFormat(path: path) == .svg)
    }

    @Test(
        "A plot in a format that there is not is refused with those that there are",
        arguments: ["a.gif", "a.eps", "a", "svg", "a.svg.gz", ""])
    func unknownFormat(_ path: String) {
        #expect { try PlotFormat(path: path) } throws: { "\($0)".contains("ends in .svg") }
    }
}
