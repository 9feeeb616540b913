import GRDB

/// The SQLite that the program is linked with.
package enum SQLiteLibrary {
    /// Its version, for example `3.40.1`.
    package static func version() throws -> String {
        try DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") } ?? "unknown"
    }
}
