import Foundation
import TestKit

@testable import Report

/// Debian's Chromium without a window, with a profile of its own.
struct Browser {
    static let (program, absence) = (Chromium.program, Chromium.absence)

    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    struct Page {
        /// The document after its scripts ran.
        let document: String
        /// Errors and warnings that the browser shows to developers.
        let console: [String]
    }

    /// - Parameter options: Further options of the browser.
    func open(_ html: String, width: Int = 1280, _ options: [String] = []) throws -> Page {
        let (file, output, errors) = (folder.file("page.html"), folder.file("out"), folder.file("err"))
        try Data(html.utf8).write(to: file)
        for stream in [output, errors] { _ = FileManager.default.createFile(atPath: stream.path, contents: nil) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/timeout")
        process.arguments =
            [
                "--kill-after=10", "120", Browser.program ?? "chromium", "--headless=new", "--no-sandbox",
                "--disable-gpu",
                "--no-first-run", "--user-data-dir=\(folder.file("profile").path)", "--enable-logging=stderr",
                "--virtual-time-budget=10000", "--window-size=\(width),900", "--dump-dom",
            ] + options + [file.absoluteString]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        let said = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        return Page(
            document: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            console: said.split(separator: "\n").filter { $0.contains("CONSOLE") }.map(String.init))
    }

    /// Opens the page with a script of the test's own, which its policy would not run, and gives what the script returns.
    ///
    /// - Parameter script: The body of an asynchronous function that returns a JSON value; it runs once the rows are there.
    func ask(_ html: String, width: Int = 1280, _ script: String) throws -> Any {
        let probe = """
            <script>(async () => {
              while (!document.querySelector("#rows-view tbody tr")) await new Promise((done) => setTimeout(done, 20));
              const answer = await (async () => { \(script) })();
              const place = document.createElement("pre");
              place.id = "answer";
              place.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(answer))));
              parent.document.body.append(place);
            })();</script></body>
            """
        let open = html.replacing(/<meta http-equiv="Content-Security-Policy"[^>]*>/, with: "")
            .replacing("</body>", with: probe)
        // A window of the browser is 500 pixels wide at least; a frame is as wide as it is told.
        let frame = """
            <!DOCTYPE html><body style="margin:0"><iframe style="border:0" width="\(width)" height="900" \
            srcdoc="\(Markup.escaped(open))"></iframe></body>
            """
        let page = try self.open(frame, width: max(width, 500))
        guard let text = page.document.firstMatch(of: /<pre id="answer">([^<]*)<\/pre>/)?.1,
            let data = Data(base64Encoded: String(text))
        else { throw NoAnswer(console: page.console) }
        return try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
    }

    struct NoAnswer: Error { let console: [String] }
}
