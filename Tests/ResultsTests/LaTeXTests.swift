import Foundation
import Sweeps
import Testing

@testable import Results

/// pdfLaTeX, where it is installed.
enum LaTeXCompiler {
    /// The first on PATH.
    private static let program = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { URL(filePath: String($0)).appending(path: "pdflatex") }
        .first { FileManager.default.isExecutableFile(atPath: $0.path) }

    static var isMissing: Bool { program == nil }

    /// Compiles a document, which must succeed, and returns what was said.
    ///
    /// With `PROBESWEEP_KEEP_PDF` in the environment the PDF is copied into that folder, under the name.
    static func log(of document: String, name: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "probesweep-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(document.utf8).write(to: folder.appending(path: "table.tex"))
        let process = Process(), output = Pipe()
        process.executableURL = program
        process.arguments = ["-interaction=nonstopmode", "-halt-on-error", "table.tex"]
        process.currentDirectoryURL = folder
        process.standardOutput = output
        try process.run()
        let log = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(log.suffix(2000))")
        let made = folder.appending(path: "table.pdf")
        #expect(FileManager.default.fileExists(atPath: made.path))
        if let kept = ProcessInfo.processInfo.environment["PROBESWEEP_KEEP_PDF"] {
            let copy = URL(filePath: kept).appending(path: "\(name).pdf")
            try? FileManager.default.removeItem(at: copy)
            try FileManager.default.copyItem(at: made, to: copy)
        }
        return log
    }

    /// A document around tables that bring none of their own.
    static func article(_ tables: String) -> String {
        "\\documentclass{article}\n\\usepackage[utf8]{inputenc}\n\\usepackage[T1]{fontenc}\n\\usepackage{booktabs}\n"
            + "\\usepackage{graphicx}\n\\begin{document}\n\(tables)\\end{document}\n"
    }
}

@Suite("Tables in LaTeX", .enabled(if: !LaTeXCompiler.isMissing, "pdflatex is not installed"))
struct LaTeXTests {
    private static func pivot(columns: [TableAxis]) throws -> PivotTable {
        try PivotTable.make(FigureSample.table(), rows: [.layers], columns: columns)
    }

    @Test("fit the page however many columns they have", arguments: [[TableAxis.tasks], [.tasks, .features, .probes]])
    func pivots(_ columns: [TableAxis]) throws {
        let pivot = try Self.pivot(columns: columns)
        for isDocument in [true, false] {
            let options = PivotOptions(content: .parameters, isDocument: isDocument)
            let text = pivot.rendered(as: .latex, options)
            let log = try LaTeXCompiler.log(
                of: isDocument ? text : LaTeXCompiler.article(text), name: "pivot-\(columns.count)-\(isDocument)")
            #expect(!log.contains("Overfull \\hbox"), "\(log)")
        }
    }

    @Test("fit it as the usual table and as a board too")
    func others() throws {
        let table = try SampleResults.noisyTable()
        let board = try Board.make(
            BoardSamples.table(data: (1...7).map { ["task \($0)"] }, probes: "[knn]"), BoardSettings(baseline: "gamma"))
        let usual = table.rendered(as: .latex, options: TableOptions(times: true, choices: true))
        for (name, text) in [("usual", usual), ("board", board.rendered(as: .latex))] {
            let log = try LaTeXCompiler.log(of: LaTeXCompiler.article(text), name: name)
            #expect(!log.contains("Overfull \\hbox"), "\(name): \(log)")
        }
    }

    @Test("warn where letters would be too small to read, and only there")
    func warnings() throws {
        let wide = try Self.pivot(columns: [.tasks, .features, .probes, .output])
        let warning = try #require(wide.latexWarning(PivotOptions(content: .parameters, label: "tab:wide")))
        #expect(warning.contains("“tab:wide”") && warning.contains("times as wide as the line of an article"))
        #expect(warning.contains("Move an axis from --columns to --rows"))
        #expect(try Self.pivot(columns: [.tasks]).latexWarning(PivotOptions()) == nil)
        let table = try SampleResults.noisyTable()
        #expect(table.latexWarnings(TableOptions(columns: ["probe", "metric"])).isEmpty)
    }
}
