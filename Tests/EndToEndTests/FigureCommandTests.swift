import Foundation
import TestKit
import Testing

@Suite("Tables and figures to paste")
struct FigureCommandTests {
    private static let haveConverter = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/rsvg-convert") }

    /// A folder with the state of a finished sweep.
    private func finished() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url)
        #expect(try Program.run("run", file.path, "--workers", "1", in: folder.url).status == 0)
        return folder
    }

    @Test("A grid, curves over depth and a table of axes are made from a ledger")
    func made() throws {
        let folder = try finished()
        for options in [["--grid"], ["--grid", "--against", "gflops"], ["--against", "depth"], ["--width", "page"]] {
            let plot = try Program(["plot", "small", "--output", "x.svg"] + options, in: folder.url).outcome()
            #expect(plot.status == 0, "\(options): \(plot.errors)")
            #expect(try String(contentsOf: folder.file("x.svg"), encoding: .utf8).hasSuffix("</svg>\n"))
        }
        let table = try Program.run(
            "table", "small", "--rows", "probes", "--columns", "layers,tasks", "--cells", "mean(params)", in: folder.url
        )
        #expect(table.status == 0 && table.output.contains("trainable parameters in thousands"), "\(table.errors)")
        let all = try Program.run(
            "table", "small", "small", "--rows", "probes,output,layers", "--columns", "tasks,features", "--format",
            "latex",
            in: folder.url)
        #expect(all.status == 0 && all.output.contains("\\toprule"), "\(all.errors)")
        let shown = try Program.run("table", "small", "--show", "layer,probe,metric", in: folder.url)
        #expect(shown.status == 0 && shown.output.contains("layer"), "\(shown.errors)")
        let metrics = try Program.run("table", "small", "--metrics", "macro-f1,top1", in: folder.url)
        #expect(metrics.status == 0 && metrics.output.hasPrefix("lexname: macro-f1 against"), "\(metrics.errors)")
        let unknown = try Program.run("table", "small", "--show", "price", in: folder.url)
        #expect(unknown.status == 1 && unknown.errors.contains("no column \"price\""), "\(unknown.errors)")
    }

    @Test("What cannot be drawn is refused, and no file is written")
    func undrawable() throws {
        let folder = try finished()
        for (options, words) in [
            (["plot", "small", "--against", "shots", "--output", "x.svg"], "one number of training samples"),
            (["plot", "small", "--against", "depth", "--layer", "4", "--output", "x.svg"], "one relative depth, 1.00"),
            (["leaderboard", "small", "--figure", "x.svg"], "There are no ranks to draw"),
        ] {
            let outcome = try Program(options, in: folder.url).outcome()
            #expect(outcome.status == 1 && outcome.errors.contains(words), "\(outcome.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder.file("x.svg").path))
            #expect(outcome.output.isEmpty == (options[0] == "plot"), "a board is shown without its figure")
        }
    }

    @Test("PDF and PNG are the same bytes each time", .enabled(if: haveConverter, "rsvg-convert is not installed"))
    func converted() throws {
        let folder = try finished()
        for (format, magic) in [("pdf", Data("%PDF".utf8)), ("png", Data([0x89, 0x50, 0x4E, 0x47]))] {
            for name in ["a", "b"] {
                let plot = try Program.run("plot", "small", "--grid", "--output", "\(name).\(format)", in: folder.url)
                #expect(plot.status == 0, "\(plot.errors)")
            }
            let bytes = try Data(contentsOf: folder.file("a.\(format)"))
            #expect(bytes.prefix(4) == magic)
            #expect(try bytes == Data(contentsOf: folder.file("b.\(format)")))
        }
    }

    @Test("A missing converter is an error that says how to get it")
    func missingConverter() throws {
        let folder = try finished()
        let plot = try Program(
            ["plot", "small", "--output", "x.pdf"], in: folder.url, environment: ["PATH": folder.url.path]
        ).outcome()
        #expect(plot.status == 1 && plot.errors.contains("apt-get install librsvg2-bin"), "\(plot.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("x.pdf").path))
    }

    /// Commands, and words of what is said of them.
    private static let refusals: [([String], String)] = {
        var refusals: [([String], String)] = [
            (["plot", "x", "--grid", "--against", "layer", "--output", "x.svg"], "--grid is against params or gflops"),
            (["table", "x", "--rows", "tasks"], "--rows and --columns together"),
            (["table", "x", "--format", "html"], "is for tables with --rows and --columns"),
            (["table", "x", "--show", "layer", "--format", "csv"], "has every column"),
            (["table", "x", "--rows", "price", "--columns", "tasks"], "features"),
            (["table", "x", "--layers", "best", "--across", "layer"], "leaves one layer"),
        ]
        let usual = [
            ["--best", "row"], ["--layers", "best"], ["--bootstrap", "100"], ["--times"], ["--choices"],
            ["--show", "layer"],
        ]
        for option in usual {
            let command = ["table", "x", "--rows", "tasks", "--columns", "probes"] + option
            refusals.append((command, "give them without \(option[0])"))
        }
        let pasted = ["table", "x", "--rows", "tasks", "--columns", "probes"]
        for (options, words) in [
            (["--document"], "--document is for --format latex, not text."),
            (["--label", "x", "--format", "html"], "--label is for --format latex, not html."),
            (["--caption", "x", "--format", "csv"], "--caption is for formats that people read"),
            (["--cells", "mean", "--format", "json"], "--cells is for formats that people read"),
            (["--metrics", ""], "--metrics names no metric. Name some"),
        ] { refusals.append((pasted + options, words)) }
        refusals += [
            (["table", "x", "--show", ","], "--show names no column. Name some"),
            (["table", "x", "--metrics", "top1", "--best", "row"], "--best is by each task's own metric"),
            (["leaderboard", "x", "--figure", "x.gif"], "--figure: x.gif has no extension of a format"),
        ]
        for option in [["--cells", "mean"], ["--caption", "x"], ["--label", "x"], ["--document"]] {
            refusals.append((["table", "x"] + option, "\(option[0]) is for tables with --rows and --columns"))
        }
        let plots: [([String], String)] = [
            (["--grid", "--bootstrap", "100"], "--bootstrap is for"),
            (["--against", "depth", "--bootstrap", "100"], "--bootstrap is for"),
            (["--style", "print"], "--style is for"),
            (["--against", "ranks", "--width", "page"], "--width is not for"),
            (["--between", "probe"], "--between is for"),
        ]
        for (options, words) in plots { refusals.append((["plot", "x", "--output", "x.svg"] + options, words)) }
        return refusals
    }()

    @Test("Options that do not go together are refused", arguments: refusals)
    func refused(_ arguments: [String], _ words: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program(arguments, in: folder.url).outcome()
        #expect(outcome.status == 2 && outcome.errors.contains(words), "\(outcome.errors)")
    }
}
