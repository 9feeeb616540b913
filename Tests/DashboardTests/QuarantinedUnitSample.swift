import Identities
import Ledger

enum QuarantinedUnitSample {
    static func unit(_ number: UInt64, _ reason: String) -> QuarantinedUnit {
        QuarantinedUnit(key: UnitKey(words: number, 0, 0, 0), reason: reason)
    }
}
