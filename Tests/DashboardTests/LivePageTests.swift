import Cluster
import Foundation
import Identities
import Synchronization
import TestKit
import Testing

@testable import Dashboard

@Suite(
    "The page in a browser", .serialized,
    .enabled(if: Chromium.program != nil, Comment(rawValue: Chromium.absence)), .timeLimit(.minutes(5)))
struct LivePageTests {
    /// A coordinator whose state a test changes.
    private final class State: Sendable {
        private let overview = Mutex(Stage.overview)
        func change(_ change: (inout Overview) -> Void) { overview.withLock { change(&$0) } }
        var snapshot: @Sendable () -> Snapshot { { Stage.snapshot(of: self.overview.withLock { $0 }) } }
    }

    private static let limits = HTTPServer.Limits(updatePeriod: 0.1)

    private func giveToken(_ token: String, in browser: LiveBrowser) throws {
        try browser.ask("document.getElementById('access').open = true; document.getElementById('token').focus()")
        try browser.type(token)
        try browser.press("Enter")
    }

    @Test("What changed is taken over without a reload, and focus and what was closed stay")
    func updates() throws {
        let state = State()
        let dashboard = try Stage.start(limits: Self.limits, snapshot: state.snapshot)
        defer { dashboard.stop() }
        let browser = try LiveBrowser(dashboard.url)
        try browser.ask(
            """
            window.marker = 7; document.querySelector("details.failure").open = false;
            document.querySelector(".sweep a").focus()
            """)
        state.change {
            $0.sweeps[0].progress.done = 77
            $0.workers.append(
                WorkerStatus(
                    name: "two", host: "", state: "suspended", reason: "its disk is full", threads: 1, kernelPath: "",
                    programVersion: "", finished: 0, failed: 0, held: 0, progress: 0, silence: 0))
        }
        try browser.wait("document.getElementById('sweeps').textContent.includes('77/100')")
        try browser.wait("document.getElementById('workers').textContent.includes('its disk is full')")
        #expect(try browser.ask("window.marker") as? Int == 7)
        #expect(try browser.ask("document.title") as? String == "77 % – ProbeSweep")
        #expect(try browser.ask("document.querySelector('details.failure').open") as? Bool == false)
        #expect(try browser.ask("document.activeElement.getAttribute('href')") as? String == "/sweeps/3")
        #expect(browser.console.isEmpty, "\(browser.console)")
    }

    @Test("Hostile names inject nothing, nothing is complained of, and a telephone has no sideways scroll")
    func hostile() throws {
        let state = State()
        let name = "<img src=x onerror=\"alert(1)\">' onclick='alert(2)" + String(repeating: "w", count: 80)
        state.change {
            $0.sweeps[0].name = name
            $0.workers[0].name = name
            $0.notes = [name]
        }
        let dashboard = try Stage.start(limits: Self.limits, snapshot: state.snapshot)
        defer { dashboard.stop() }
        let browser = try LiveBrowser(dashboard.url, width: 360)
        state.change { $0.workers[0].finished = 4_711 }
        try browser.wait("document.getElementById('workers').textContent.includes('4711 finished')")
        try giveToken(Stage.token, in: browser)
        try browser.wait("document.body.classList.contains('may-act')")
        #expect(try browser.ask("document.documentElement.scrollWidth <= 360") as? Bool == true)
        #expect(
            try browser.ask("document.querySelectorAll('main img, main script, main [onclick]').length") as? Int == 0)
        #expect(try browser.ask("document.querySelector('.worker b').textContent") as? String == name)
        #expect(try browser.ask("document.querySelector('[data-action=drain]').dataset.worker") as? String == name)
        #expect(browser.console.isEmpty, "\(browser.console)")
    }

    @Test("Actions are there once the token is given, are confirmed, and are taken by the keyboard alone")
    func actions() throws {
        let log = ActionLog(.done("done so"))
        let dashboard = try Stage.start(limits: Self.limits, actions: log)
        defer { dashboard.stop() }
        let browser = try LiveBrowser(dashboard.url)
        let drain = "document.querySelector('[data-action=drain]')"
        try browser.wait("!document.getElementById('access').hidden")
        #expect(try browser.ask("\(drain).checkVisibility()") as? Bool == false)
        try giveToken("not-the-token", in: browser)
        try browser.wait("document.getElementById('answer').textContent.includes('does not take this token')")
        try giveToken(Stage.token, in: browser)
        try browser.wait("\(drain).checkVisibility()")
        // Without a word of confirmation nothing happens, and Escape is one against it.
        try browser.ask("\(drain).focus()")
        try browser.press("Enter")
        try browser.wait("document.getElementById('confirm').open")
        try browser.press("Escape")
        try browser.wait("!document.getElementById('confirm').open")
        #expect(log.actions.isEmpty)
        try browser.press("Enter")
        try browser.wait("document.getElementById('confirm').open")
        try browser.ask("document.getElementById('yes').focus()")
        try browser.press("Enter")
        try browser.wait("document.getElementById('answer').textContent === 'Done: worker one: done so'")
        try browser.ask("document.querySelector('[data-action=priority]').click()")
        try browser.ask("document.getElementById('priority').value = ''; document.getElementById('priority').focus()")
        try browser.type("12")
        try browser.press("Enter")
        try browser.wait("document.getElementById('answer').textContent === 'Done: sweep 3: done so'")
        #expect(log.actions == [.drain(worker: "one"), .prioritise(SweepID(3), 12)])
        #expect(browser.console.isEmpty, "\(browser.console)")
    }

    @Test("Off loopback the page asks for the token, shows everything with it, and keeps it in the tab")
    func closed() throws {
        let dashboard = try Stage.start(isOpen: false, limits: Self.limits)
        defer { dashboard.stop() }
        let browser = try LiveBrowser(dashboard.url)
        try browser.wait("document.getElementById('access').open")
        #expect(try browser.ask("document.querySelector('main').innerText.trim()") as? String == "")
        try giveToken(Stage.token, in: browser)
        try browser.wait("document.getElementById('sweeps')?.textContent.includes('40/100')")
        #expect(try browser.ask("Object.values(localStorage).length + document.cookie.length") as? Int == 0)
        #expect(try browser.ask("location.href.includes('\(Stage.token)')") as? Bool == false)
        try browser.ask("document.querySelector('.sweep a').click()")
        try browser.wait("document.body?.textContent.includes('report of 3')")
        #expect(browser.console.isEmpty, "\(browser.console)")
    }

    @Test("The page says when the connection is lost, and finds the coordinator again")
    func lost() throws {
        let dashboard = try Stage.start(limits: Self.limits)
        let port = try #require(URL(string: dashboard.url)?.port)
        let browser = try LiveBrowser(dashboard.url)
        try browser.wait("document.getElementById('access').hidden === false")
        try browser.wait("document.getElementById('connection').textContent === ''")
        dashboard.stop()
        try browser.wait("document.getElementById('connection').textContent.includes('is lost')")
        let state = State()
        state.change { $0.sweeps[0].progress.done = 99 }
        let next = try Stage.start(port: UInt16(port), limits: Self.limits, snapshot: state.snapshot)
        defer { next.stop() }
        try browser.wait("document.getElementById('sweeps').textContent.includes('99/100')")
        try browser.wait("document.getElementById('connection').textContent === ''")
    }
}
