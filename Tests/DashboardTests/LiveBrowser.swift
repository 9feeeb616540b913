import Foundation
import TestKit
import Testing

/// A page in Debian's Chromium without a window, driven over pipes as a person would use it.
///
/// What is said there is the DevTools protocol: JSON, each message ended by a zero byte.
final class LiveBrowser {
    private let folder: TemporaryFolder
    private let process: Process
    private let orders: FileHandle
    private let answers: FileHandle
    private var unread = Data()
    private var last = 0
    private var page: String?
    /// What the browser showed to developers: errors, warnings and messages of scripts.
    private(set) var console: [String] = []

    struct Failure: Error { let message: String }

    /// - Parameter width: of the page, in pixels.
    init(_ url: String, width: Int = 1280) throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        let pipes = ["orders", "answers"].map { folder.file($0).path }
        for pipe in pipes { try #require(mkfifo(pipe, 0o600) == 0) }
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/timeout")
        process.arguments = [
            "--kill-after=10", "120", "bash", "-c", #"exec "$0" "${@:3}" 3<"$1" 4>"$2""#,
            Chromium.program ?? "chromium", pipes[0], pipes[1], "--headless=new", "--no-sandbox", "--disable-gpu",
            "--no-first-run", "--user-data-dir=\(folder.file("profile").path)", "--remote-debugging-pipe",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        // The shell opens them in this order, and each waits for its other end.
        orders = try FileHandle(forWritingTo: folder.file("orders"))
        answers = try FileHandle(forReadingFrom: folder.file("answers"))
        let target = try order("Target.createTarget", ["url": "about:blank"])["targetId"] ?? ""
        page = try order("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"] as? String
        for domain in ["Runtime", "Log", "Page"] { try order("\(domain).enable") }
        try order(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false])
        try order("Page.navigate", ["url": url])
        try wait("document.readyState === 'complete'")
    }

    deinit {
        page = nil
        last += 1
        let close = Data(#"{"id":\#(last),"method":"Browser.close"}"#.utf8) + [0]
        try? orders.write(contentsOf: close)
        // It ends by itself once nobody gives it orders; `timeout` ends one that does not.
        try? orders.close()
        for _ in 0..<100 where process.isRunning { Thread.sleep(forTimeInterval: 0.05) }
        try? answers.close()
        if process.isRunning { process.terminate() }
    }

    /// The value of an expression in the page, awaited if it is a promise.
    @discardableResult
    func ask(_ expression: String) throws -> Any? {
        let answer = try order(
            "Runtime.evaluate", ["expression": expression, "awaitPromise": true, "returnByValue": true])
        if let problem = answer["exceptionDetails"] { throw Failure(message: "\(problem)") }
        return (answer["result"] as? [String: Any])?["value"]
    }

    /// Returns once the expression holds, and gives up after some hundred questions.
    func wait(_ expression: String) throws {
        for _ in 0..<600 {
            // A page that goes away while it is asked takes the question with it.
            if (try? ask("!!(\(expression))") as? Bool) == true { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
        let text = try? ask("document.activeElement?.outerHTML + ' in ' + document.body?.innerText")
        throw Failure(message: "it never held: \(expression); focus \(text ?? ""); \(console)")
    }

    /// Presses a key, as Enter, Escape or Tab.
    func press(_ key: String) throws {
        let code = ["Enter": 13, "Escape": 27, "Tab": 9][key] ?? 0
        for type in ["keyDown", "keyUp"] {
            var event: [String: Any] = ["type": type, "key": key, "code": key, "windowsVirtualKeyCode": code]
            if key == "Enter", type == "keyDown" { event["text"] = "\r" }
            try order("Input.dispatchKeyEvent", event)
        }
    }

    /// Types into whatever has the focus.
    func type(_ text: String) throws { try order("Input.insertText", ["text": text]) }

    @discardableResult
    private func order(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
        last += 1
        var message: [String: Any] = ["id": last, "method": method, "params": parameters]
        if let page { message["sessionId"] = page }
        try orders.write(contentsOf: JSONSerialization.data(withJSONObject: message) + [0])
        while true {
            let answer = try next()
            if let id = answer["id"] as? Int {
                guard id == last else { continue }
                if let problem = answer["error"] { throw Failure(message: "\(method): \(problem)") }
                return answer["result"] as? [String: Any] ?? [:]
            }
            note(answer)
        }
    }

    private func next() throws -> [String: Any] {
        while true {
            if let end = unread.firstIndex(of: 0) {
                let message = unread[..<end]
                unread = Data(unread[(end + 1)...])
                return try JSONSerialization.jsonObject(with: message) as? [String: Any] ?? [:]
            }
            let some = answers.availableData
            guard !some.isEmpty else { throw Failure(message: "the browser ended") }
            unread += some
        }
    }

    private func note(_ event: [String: Any]) {
        let parameters = event["params"] as? [String: Any]
        switch event["method"] as? String {
        case "Log.entryAdded": console.append("\(parameters?["entry"] ?? "")")
        case "Runtime.consoleAPICalled": console.append("\(parameters?["args"] ?? "")")
        case "Runtime.exceptionThrown": console.append("\(parameters?["exceptionDetails"] ?? "")")
        case "Page.javascriptDialogOpening": console.append("a dialog: \(parameters?["message"] ?? "")")
        default: break
        }
    }
}
