import Foundation
package import GRDB
package import Identities

// The columns of identities.

/// Its row's number.
extension SweepID: DatabaseValueConvertible {
    package var databaseValue: DatabaseValue { number.databaseValue }

    package static func fromDatabaseValue(_ value: DatabaseValue) -> SweepID? {
        Int64.fromDatabaseValue(value).map { SweepID($0) }
    }
}

/// Its number; the upper bit is never used.
extension Attempt: DatabaseValueConvertible {
    package var databaseValue: DatabaseValue { Int64(clamping: number).databaseValue }

    package static func fromDatabaseValue(_ value: DatabaseValue) -> Attempt? {
        Int64.fromDatabaseValue(value).map { Attempt(number: $0.magnitude) }
    }
}

/// Its 32 bytes.
extension UnitKey: DatabaseValueConvertible {
    package var databaseValue: DatabaseValue { Data(bytes).databaseValue }

    package static func fromDatabaseValue(_ value: DatabaseValue) -> UnitKey? {
        Data.fromDatabaseValue(value).flatMap { UnitKey(bytes: $0) }
    }
}

/// Its 16 bytes.
extension WorkerID: DatabaseValueConvertible {
    package var databaseValue: DatabaseValue { Data(bytes).databaseValue }

    package static func fromDatabaseValue(_ value: DatabaseValue) -> WorkerID? {
        Data.fromDatabaseValue(value).flatMap { WorkerID(bytes: $0) }
    }
}

/// Its text.
extension PassID: DatabaseValueConvertible {
    package var databaseValue: DatabaseValue { text.databaseValue }

    package static func fromDatabaseValue(_ value: DatabaseValue) -> PassID? {
        String.fromDatabaseValue(value).map { PassID($0) }
    }
}

/// Its text.
extension CostKind: DatabaseValueConvertible {
    package var databaseValue: DatabaseValue { text.databaseValue }

    package static func fromDatabaseValue(_ value: DatabaseValue) -> CostKind? {
        String.fromDatabaseValue(value).map { CostKind($0) }
    }
}
