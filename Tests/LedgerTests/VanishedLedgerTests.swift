import Foundation
import Testing

@testable import Ledger

@Suite("A ledger whose files are taken away")
struct VanishedLedgerTests {
    enum Fault: String, CaseIterable {
        case folderDeleted, fileDeleted, logDeleted, folderMoved, fileReplaced
    }

    @Test("What is written afterwards is refused, and the file is named", arguments: Fault.allCases)
    func vanished(_ fault: Fault) throws {
        let folder = try TemporaryFolder()
        let place = URL(filePath: folder.path)
        let state = place.appending(path: "state")
        let ledger = try Ledger.open(state.path)
        try ledger.remember(worker: "a", isPresent: true)
        try ledger.checkPlace()
        let file = state.appending(path: "ledger.sqlite")
        let manager = FileManager.default
        switch fault {
        case .folderDeleted: try manager.removeItem(at: state)
        case .fileDeleted: try manager.removeItem(at: file)
        case .logDeleted: try manager.removeItem(atPath: file.path + "-wal")
        case .folderMoved: try manager.moveItem(at: state, to: place.appending(path: "elsewhere"))
        case .fileReplaced:
            try manager.moveItem(at: file, to: place.appending(path: "old"))
            try manager.copyItem(at: place.appending(path: "old"), to: file)
        }
        let lost = fault == .logDeleted ? file.path + "-wal" : file.path
        #expect(throws: LedgerError.vanished(path: lost)) { try ledger.checkPlace() }
        #expect(throws: LedgerError.vanished(path: lost)) { try ledger.remember(worker: "b", isPresent: true) }
    }
}
