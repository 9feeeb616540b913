import Foundation
import Identities
import Ledger
import TestKit
import Testing

@testable import Dashboard

@Suite("Reports on the coordinator's page")
struct SweepPagesTests {
    @Test("A report there leaves out the specification, which has folders, and says so")
    func specification() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.file("state").path)
        let sweep = NewSweep(
            name: "birds", specification: #"{"features": "/home/alice/secret"}"#, facts: Data("{}".utf8))
        _ = try ledger.insert(sweep, passes: [])
        let html = try #require(SweepPages(ledger.reader).html(SweepID(1)))
        #expect(html.contains("birds") && !html.contains("alice"))
        #expect(html.contains("Specifications are left out here"))
    }
}
