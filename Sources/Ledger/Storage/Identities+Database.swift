import Foundation
public import GRDB
public import Identities

// How identities stand in columns.

/// Its row's number.
extension SweepID: DatabaseValueConvertible {
    public var databaseValue: DatabaseValue { number.databaseValue }

    public static func fromDatabaseValue(_ value: DatabaseValue) -> SweepID? {
        Int64.fromDatabaseValue(value).map { SweepID($0) }
    }
}

/// Its number; the upper bit is never used.
extension Attempt: DatabaseValueConvertible {
    public var databaseValue: DatabaseValue { Int64(clamping: number).databaseValue }

    public static func fromDatabaseValue(_ value: DatabaseValue) -> Attempt? {
        Int64.fromDatabaseValue(value).map { Attempt(number: $0.magnitude) }
    }
}

/// Its 32 bytes.
extension UnitKey: DatabaseValueConvertible {
    public var databaseValue: DatabaseValue { Data(bytes).databaseValue }

    public static func fromDatabaseValue(_ value: DatabaseValue) -> UnitKey? {
        Data.fromDatabaseValue(value).flatMap { UnitKey(bytes: $0) }
    }
}

/// Its 16 bytes.
extension WorkerID: DatabaseValueConvertible {
    public var databaseValue: DatabaseValue { Data(bytes).databaseValue }

    public static func fromDatabaseValue(_ value: DatabaseValue) -> WorkerID? {
        Data.fromDatabaseValue(value).flatMap { WorkerID(bytes: $0) }
    }
}

/// Its text.
extension PassID: DatabaseValueConvertible {
    public var databaseValue: DatabaseValue { text.databaseValue }

    public static func fromDatabaseValue(_ value: DatabaseValue) -> PassID? {
        String.fromDatabaseValue(value).map { PassID($0) }
    }
}

/// Its text.
extension CostKind: DatabaseValueConvertible {
    public var databaseValue: DatabaseValue { text.databaseValue }

    public static func fromDatabaseValue(_ value: DatabaseValue) -> CostKind? {
        String.fromDatabaseValue(value).map { CostKind($0) }
    }
}
