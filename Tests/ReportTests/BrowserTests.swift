import Foundation
import Identities
import Results
import Testing

@testable import Report

@Suite(
    "A report in a browser", .serialized,
    .enabled(if: Browser.program != nil, Comment(rawValue: Browser.absence)))
struct BrowserTests {
    @Test("The rows are unpacked and shown, and the browser has nothing to complain of")
    func opened() throws {
        let page = try Browser().open(SampleReport.make().html())
        #expect(page.console.isEmpty, "\(page.console)")
        #expect(page.document.contains("16 of 16 rows, 16 shown."))
        #expect(page.document.contains("class=\"plot\"") && page.document.contains("<circle"))
    }

    @Test("Its policy runs no script but its own")
    func policy() throws {
        let html = try SampleReport.make().html()
        let page = try Browser().open(
            html.replacing("</body>", with: "<script>document.title = 'taken'</script></body>"))
        #expect(page.document.contains("<title>sample – ProbeSweep</title>"))
        #expect(page.console.contains { $0.contains("Content Security Policy") }, "\(page.console)")
        #expect(page.document.contains("16 of 16 rows"))
    }

    @Test("Names with markup, quotation marks and letters that run to the left stay text")
    func names() throws {
        let evil = "</script><img src=x onerror=\"document.title='taken'\">'\"<b>שלום"
        let report = try SampleReport.make(backbones: [evil + "0", evil + "1"], task: evil, sweep: evil)
        let found = try Browser().ask(
            report.html(),
            """
            document.querySelector("#rows-view tbody button").click();
            document.querySelector(".plot").dispatchEvent(new KeyboardEvent("keydown", { key: "Home" }));
            await new Promise((done) => setTimeout(done, 100));
            return { images: document.querySelectorAll("img, main b").length, title: document.title,
              cell: document.querySelector("#rows-view tbody td").textContent,
              point: document.querySelector(".point").textContent };
            """)
        let answer = try #require(found as? [String: Any])
        #expect(answer["images"] as? Int == 0)
        #expect((answer["title"] as? String)?.hasPrefix("</script><img") == true)
        #expect((answer["cell"] as? String)?.hasPrefix(evil) == true)
        #expect((answer["point"] as? String)?.contains(evil) == true)
    }

    @Test("A heading sorts by the keyboard, and says in which direction")
    func sorted() throws {
        let found = try Browser().ask(
            SampleReport.make().html(),
            """
            const button = [...document.querySelectorAll("#rows-view th button")].find((b) => b.textContent === "parameters");
            const state = () => [button.parentElement.getAttribute("aria-sort"),
              ...[...document.querySelectorAll("#rows-view tbody tr")].map((row) => row.cells[6].textContent)];
            button.focus();
            const isFocused = document.activeElement === button && button.tabIndex === 0;
            button.click(); const down = state();
            button.click(); return { isFocused, down, up: state() };
            """)
        let answer = try #require(found as? [String: Any])
        let (down, up) = (try #require(answer["down"] as? [String]), try #require(answer["up"] as? [String]))
        #expect(answer["isFocused"] as? Bool == true)
        #expect(down[0] == "descending" && up[0] == "ascending")
        #expect(up[1] == "0" && down.last == "0" && up.count == 17 && Set(up.dropFirst()).count > 2)
    }

    @Test("Words and lists filter the rows, and the plot draws those that are left")
    func filtered() throws {
        let found = try Browser().ask(
            SampleReport.make().html(),
            """
            const search = document.querySelector("input[type=search]");
            search.value = "ep beta";
            search.dispatchEvent(new Event("input"));
            await new Promise((done) => setTimeout(done, 500));
            const state = () => [document.querySelector("#rows-view [role=status]").textContent,
              document.querySelectorAll(".plot circle").length];
            const words = state();
            search.value = "no such row";
            search.dispatchEvent(new Event("input"));
            await new Promise((done) => setTimeout(done, 500));
            return { words, none: state() };
            """)
        let answer = try #require(found as? [String: [Any]])
        #expect(answer["words"]?[0] as? String == "4 of 16 rows, 4 shown." && answer["words"]?[1] as? Int == 4)
        #expect(answer["none"]?[0] as? String == "0 of 16 rows, 0 shown." && answer["none"]?[1] as? Int == 0)
    }

    @Test("A row opens to its folds, and a point reached by arrow keys shows folds, choices and unit keys")
    func details() throws {
        let report = try SampleReport.make()
        let found = try Browser().ask(
            report.html(),
            """
            const button = document.querySelector("#rows-view tbody button");
            button.click();
            const open = [button.getAttribute("aria-expanded"), document.querySelector("#rows-view tbody table").textContent];
            button.click();
            const isClosed = button.getAttribute("aria-expanded") === "false" && !document.querySelector("#rows-view tbody table");
            const plot = document.querySelector(".plot");
            plot.dispatchEvent(new KeyboardEvent("keydown", { key: "Home" }));
            const first = document.querySelector(".point").textContent;
            plot.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
            const second = document.querySelector(".point").textContent;
            document.querySelectorAll(".plot circle")[0].dispatchEvent(new PointerEvent("pointerenter"));
            return { open, isClosed, first, second, hovered: document.querySelector(".point").textContent };
            """)
        let answer = try #require(found as? [String: Any])
        let best = try #require(report.findings[0].best)
        let open = try #require(answer["open"] as? [String])
        #expect(open[0] == "true")
        for fold in best.folds { #expect(open[1].contains(fold.key.description.prefix(12))) }
        #expect(answer["isClosed"] as? Bool == true)
        let first = try #require(answer["first"] as? String), second = try #require(answer["second"] as? String)
        #expect(first != second && first.contains("fold 0: ") && first.contains("epoch 7") && first.contains("unit "))
        #expect(answer["hovered"] as? String == first)
    }

    @Test("The page never scrolls sideways, from a telephone to a desktop", arguments: [360, 390, 1280])
    func width(_ width: Int) throws {
        let long = "a-backbone-with-a-very-long-name-without-a-single-space-of-a-revision-0123456789abcdef"
        let found = try Browser().ask(
            SampleReport.make(backbones: [long + "0", long + "1"], task: long).html(), width: width,
            """
            document.querySelectorAll("details").forEach((part) => part.open = true);
            document.querySelector("#rows-view tbody button").click();
            const shown = [...document.querySelectorAll("figure svg")].filter((svg) => svg.clientWidth > 0 || svg.getBoundingClientRect().width > 0);
            return { frame: window.innerWidth, room: document.documentElement.clientWidth, page: document.documentElement.scrollWidth, figures: shown.length };
            """)
        let answer = try #require(found as? [String: Int])
        #expect(answer["page"] == answer["room"], "\(answer)")
        #expect(answer["frame"] == width)
        #expect(answer["figures"] == 4)
    }
}
