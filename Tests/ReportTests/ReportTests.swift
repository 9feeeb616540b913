import CZlib
import Foundation
import Identities
import Ledger
import Results
import Testing
import Units

@testable import Report

@Suite("The report of a sweep")
struct ReportTests {
    @Test("The same results give the same bytes, and nothing in them is of this machine or moment")
    func stable() throws {
        let html = try SampleReport.make().html()
        #expect(try html == SampleReport.make().html())
        #expect(!html.contains("secret-host"))
        #expect(html.hasSuffix("</html>\n"))
    }

    @Test("Without scripts it has the summary, the board, the best rows, figures, tables and how to reproduce it")
    func staticPart() throws {
        let html = try SampleReport.make().html()
        let part = try #require(html.range(of: "<script type=")).lowerBound
        for text in ["is best: top-1 (%) ", "which flatters it", "not told apart", "the best 10 of 16 rows", "knn"] {
            #expect(html[..<part].contains(text), "\(text)")
        }
        for text in [
            "Small letters qualify", "1.2.3", "digest of a task", "probesweep export sample --unit", "queries: [4, 16]",
        ] {
            #expect(html[part...].contains(text), "\(text)")
        }
        #expect(html.matches(of: /<svg role="img" aria-label="/).count == 8)
        #expect(
            html.contains("<th scope=\"col\"") && html.contains("<th scope=\"row\"") && html.contains("class=\"skip\""))
    }

    @Test("Every link within it leads to a heading, and every name of an element is there once")
    func links() throws {
        let html = try SampleReport.make().html()
        let names = html.matches(of: /\sid="([^"]*)"/).map { String($0.1) }
        #expect(names.count == Set(names).count)
        let targets = html.matches(of: /href="#([^"]*)"/).map { String($0.1) }
        #expect(targets.count > 5 && targets.allSatisfy(names.contains))
        #expect(!html.contains("href=\"http") && !html.contains("src="), "it loads nothing")
    }

    @Test("All rows with the score, choice and key of each unit lie in it")
    func rows() throws {
        let report = try SampleReport.make()
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(Self.data(of: report.html()))) as? [String: Any])
        let rows = try #require(object["rows"] as? [[Any]]), texts = try #require(object["texts"] as? [String])
        #expect(rows.count == 16)
        for (row, expected) in zip(rows, report.table.blocks[0].rows) {
            #expect(texts[try #require(row[1] as? Int)] == expected.features)
            let folds = try #require(row[14] as? [[Any]])
            for (fold, known) in zip(folds, expected.folds) {
                let score = try #require(fold[2] as? Double)
                #expect(abs(score - (known.result?.score ?? 0)) < 1e-6)
                #expect(known.key.description.hasPrefix(try #require(fold[3] as? String)))
                #expect(texts[try #require(fold[4] as? Int)] == "epoch 7, learningRate 0.001")
            }
        }
    }

    @Test("No name becomes markup, an attribute, a script or a line of a command")
    func injection() throws {
        let evil = "</script></style><img src=x onerror=alert(1)>\"'`&\u{202E}\u{0}\nrm -rf /"
        let html = try SampleReport.make(
            backbones: [evil + "0", evil + "1"], task: evil, sweep: evil, title: evil, specification: evil
        ).html()
        #expect(!html.contains("<img") && !html.contains("\u{202E}") && !html.contains("\u{0}"))
        #expect(html.matches(of: /<\/script>/).count == 2 && html.matches(of: /<\/style>/).count == 1)
        #expect(html.contains("&lt;/script&gt;&lt;/style&gt;&lt;img src=x onerror=alert(1)&gt;"))
        // In the specification lines are lines; a command is one line, whatever the name.
        let commands = try #require(html.firstMatch(of: /aria-label="Commands"><code>([^<]*)<\/code>/)).1
        let lines = commands.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("probesweep ") }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("probesweep table &#39;") })
    }

    @Test("Without its specification a report has none of its folders, and says that it is left out")
    func withoutSpecification() throws {
        let html = try SampleReport.make(specification: nil).html()
        #expect(!html.contains("/data/0"))
        #expect(html.contains("Specifications are left out here"))
        #expect(try !SampleReport.make().html().contains("left out here"))
    }

    @Test("Of more tasks than it shows in full, it says how many it left out")
    func manyTasks() throws {
        let tasks = ReportLimits.listed + 2
        let cells = try (0..<tasks).flatMap { try SampleReport.cells(["alpha", "beta"], "class\($0)") }
        let header = SweepHeader(id: SweepID(1), name: "sample", units: cells.count)
        let table = ResultTable.make(cells, against: .parameters)
        let html = try Report(of: table, [ReportedSweep(header: header, specification: nil)]).html()
        #expect(html.contains("2 more tasks: probesweep table --choices"))
        #expect(html.contains("\(tasks - ReportLimits.tasks) more tasks: “All rows” has the keys"))
        #expect(html.contains("\(tasks - ReportLimits.tasks) more tables: probesweep table has their rows."))
    }

    @Test("A sweep without results has a report that says so")
    func empty() throws {
        let cells = try SampleReport.cells().map { ResultCell(unit: $0.unit, key: $0.key, result: nil) }
        let table = ResultTable.make(cells, against: .parameters)
        let html = try Report(of: table, [], title: "empty").html()
        #expect(html.contains("No row is complete.") && html.contains("48 of 48 folds of rows have no result."))
    }

    @Test("Of 100,000 units the static part stays small, and each unit takes a few bytes")
    func scale() throws {
        let cells = try Self.manyCells(100_000)
        let report = Report(of: ResultTable.make(cells, against: .parameters), [], title: "large")
        let html = try report.html()
        let packed = try #require(html.firstMatch(of: /id="rows-data">([^<]*)<\/script>/)).1.utf8.count
        #expect(html.utf8.count - packed < 2_500_000, "\(html.utf8.count - packed) bytes of static part")
        #expect(packed < 30 * 100_000, "\(packed) bytes of rows")
        #expect(html.matches(of: /<tr>/).count < 1_500, "of 33,000 rows only the best are elements")
    }

    /// Copies of the sample's units on further layers, under further tasks.
    private static func manyCells(_ count: Int) throws -> [ResultCell] {
        let sample = try SampleReport.cells()
        return (0..<count).map { index in
            var cell = sample[index % sample.count]
            let copy = index / sample.count
            cell.unit.features.layer += 10 * (copy % 50)
            cell.unit.features.digest += " \(copy % 50)"
            cell.unit.task.name += "\(copy / 50)"
            cell.unit.task.digest += " \(copy / 50)"
            return cell
        }
    }

    /// The unpacked rows of a report.
    private static func data(of html: String) throws -> [UInt8] {
        let text = try #require(html.firstMatch(of: /id="rows-data">([^<]*)<\/script>/)).1
        let packed = try #require(Data(base64Encoded: String(text)))
        var plain = [UInt8](repeating: 0, count: 1 << 22)
        var size = UInt(plain.count)
        let status = Array(packed).withUnsafeBufferPointer { uncompress(&plain, &size, $0.baseAddress, UInt($0.count)) }
        #expect(status == Z_OK)
        return Array(plain.prefix(Int(size)))
    }
}
