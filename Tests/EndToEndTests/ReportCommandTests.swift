import Foundation
import TestKit
import Testing

@Suite("The report command")
struct ReportCommandTests {
    @Test("A finished sweep's report has the same bytes each time, its specification, and classes of kept predictions")
    func written() throws {
        let folder = try TemporaryFolder()
        try """
        name: kept
        features: \(Fixture.wordnet.path)
        tasks: [lexname]
        layers: [4]
        folds: {count: 3}
        probes: [knn, {type: linear, solver: logistic}]
        keep: predictions
        """.write(to: folder.file("kept.yaml"), atomically: true, encoding: .utf8)
        let run = try Program.run("run", "kept.yaml", "--workers", "1", in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        for name in ["a.html", "b.html"] {
            let report = try Program.run("report", "kept", "--output", name, "--title", "Two <probes>", in: folder.url)
            #expect(report.status == 0 && report.errors.isEmpty && report.output.isEmpty, "\(report.errors)")
        }
        let html = try String(contentsOf: folder.file("a.html"), encoding: .utf8)
        #expect(try html == String(contentsOf: folder.file("b.html"), encoding: .utf8))
        for text in [
            "<h1>Two &lt;probes&gt;</h1>", "is best: top-1 (%)", "keep: predictions", "class by class", "confusions",
        ] { #expect(html.contains(text), "\(text)") }
        #expect(!html.contains(ProcessInfo.processInfo.hostName + "<"))
    }

    @Test("Where the labels are gone the file says so without folders, and the command names them")
    func withoutLabels() throws {
        let folder = try TemporaryFolder()
        let (words, other) = (folder.file("words"), folder.file("synthetic"))
        try FileManager.default.copyItem(at: Fixture.wordnet, to: words)
        try """
        name: kept
        features: words
        tasks: [lexname]
        layers: [4]
        folds: {count: 3}
        probes: [knn]
        keep: predictions
        """.write(to: folder.file("kept.yaml"), atomically: true, encoding: .utf8)
        let run = try Program.run("run", "kept.yaml", "--workers", "1", in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        // The folder has another set by now.
        try Specification.synthesize(in: folder.url)
        try FileManager.default.removeItem(at: words)
        try FileManager.default.moveItem(at: other, to: words)
        let report = try Program.run("report", "kept", "--output", "a.html", in: folder.url)
        #expect(report.status == 0 && report.errors.contains(words.path), "\(report.errors)")
        let html = try String(contentsOf: folder.file("a.html"), encoding: .utf8)
        #expect(html.contains("lexname: layer 4 of") && html.contains("was not found where this was made"))
        let specification = try #require(html.range(of: "Specification of kept")).lowerBound
        #expect(!html[..<specification].contains(folder.url.path))
    }

    @Test("An unknown sweep and a file that cannot be written are errors that name them")
    func refused() throws {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url)
        #expect(try Program.run("run", file.path, "--workers", "1", in: folder.url).status == 0)
        let unknown = try Program.run("report", "nothing", "--output", "x.html", in: folder.url)
        #expect(unknown.status == 1 && unknown.errors.contains("nothing"), "\(unknown.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("x.html").path))
        let full = try Program.run("report", "small", "--output", "/dev/full", in: folder.url)
        #expect(full.status == 1 && full.errors.contains("/dev/full"), "\(full.errors)")
    }
}
