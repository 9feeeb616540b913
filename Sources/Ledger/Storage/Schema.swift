import GRDB

/// The ledger's tables. Migrations are append-only; an invariant is a constraint here before it is code elsewhere.
enum Schema {
    /// "PRBS": distinguishes a ledger from other programs' databases of the same name.
    private static let applicationID = 0x5052_4253

    /// Marks a new file as a ledger.
    /// - Throws: ``LedgerError/damaged(path:reason:)`` for a database of another program.
    static func claim(_ database: Database, path: String) throws {
        let isNew = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0
        if isNew { try database.execute(sql: "PRAGMA application_id = \(applicationID)") }
        try check(database, path: path)
    }

    /// - Throws: ``LedgerError/damaged(path:reason:)`` for a database of another program.
    static func check(_ database: Database, path: String) throws {
        guard try Int.fetchOne(database, sql: "PRAGMA application_id") == applicationID else {
            throw LedgerError.damaged(path: path, reason: "it is another program's database")
        }
    }

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 sweeps, units, results") { try $0.execute(sql: first) }
        migrator.registerMigration("2 predictions") { try $0.execute(sql: second) }
        migrator.registerMigration("3 workers") { try $0.execute(sql: third) }
        migrator.registerMigration("4 experience") { try $0.execute(sql: fourth) }
        migrator.registerMigration("5 leases") { try $0.execute(sql: fifth) }
        migrator.registerMigration("6 hosts") { try $0.execute(sql: sixth) }
        migrator.registerMigration("7 owners and priorities") { try $0.execute(sql: seventh) }
        migrator.registerMigration("8 cells by unit") { try $0.execute(sql: eighth) }
        return migrator
    }

    /// Whether a ledger has the columns of ``seventh``; readers do not migrate.
    static func hasOwners(_ database: Database) throws -> Bool {
        try database.columns(in: "sweep").contains { $0.name == "owner" }
    }

    private static let eighth = """
        -- Where a unit is in a sweep, without reading the sweep.
        CREATE INDEX sweepUnitByUnit ON sweepUnit (unit);
        """

    private static let seventh = """
        -- The client's name on the allow list; NULL for the operators.
        ALTER TABLE sweep ADD COLUMN owner TEXT CHECK (owner <> '');
        -- Higher ones go first.
        ALTER TABLE sweep ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
        -- By whom or by what it was cancelled; NULL where nobody said.
        ALTER TABLE sweep ADD COLUMN cancellation TEXT;
        """

    private static let sixth = """
        -- Hosts whose workers get no leases, by the identity of machine and mount namespace, and the key of their workers.
        CREATE TABLE suspendedHost (
            host TEXT PRIMARY KEY CHECK (host <> ''),
            label TEXT NOT NULL,
            reason TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        -- Earlier versions suspended names of workers, which says nothing of the machine.
        UPDATE worker SET suspension = NULL;
        -- Where the worker ran, and with which key; NULL where an earlier version wrote the row.
        ALTER TABLE failure ADD COLUMN machine TEXT;
        ALTER TABLE failure ADD COLUMN publicKey TEXT;
        """

    private static let fifth = """
        -- Leases as they were issued: after a restart nobody but the holder goes on with one, or hands in its results.
        CREATE TABLE lease (
            attempt INTEGER PRIMARY KEY CHECK (attempt >= 0),
            worker INTEGER NOT NULL REFERENCES worker (id),
            incarnation BLOB NOT NULL CHECK (length(incarnation) = 16),
            key TEXT NOT NULL,
            -- Their keys, one after the other, and how many of them have no result under this attempt.
            units BLOB NOT NULL CHECK (length(units) % 32 = 0),
            unfinished INTEGER NOT NULL
        ) STRICT;
        -- The last of them, finished ones included.
        ALTER TABLE coordinator ADD COLUMN lastAttempt INTEGER NOT NULL DEFAULT 0;
        -- The process that failed or was thought dead; NULL where an earlier version wrote the row.
        ALTER TABLE failure ADD COLUMN incarnation BLOB;
        """

    private static let fourth = """
        -- Units whose predicted seconds are off by about the same factor, and what finished ones say of it.
        CREATE TABLE kind (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            units INTEGER NOT NULL DEFAULT 0 CHECK (units >= 0),
            predicted REAL NOT NULL DEFAULT 0 CHECK (predicted >= 0),
            measured REAL NOT NULL DEFAULT 0 CHECK (measured >= 0)
        ) STRICT;
        -- NULL where an earlier version has planned the sweep.
        ALTER TABLE sweepUnit ADD COLUMN kind INTEGER REFERENCES kind (id);
        -- Relative to the machine that costs are predicted for; NULL before its first lease has ended.
        ALTER TABLE worker ADD COLUMN declaredSpeed REAL;
        ALTER TABLE worker ADD COLUMN measuredSpeed REAL;
        """

    private static let third = """
        -- 1 from its hello until it has left or was given up: whom a restarted coordinator may expect back.
        ALTER TABLE worker ADD COLUMN present INTEGER NOT NULL DEFAULT 0 CHECK (present IN (0, 1));
        -- Why nothing is handed to it, NULL for all others.
        ALTER TABLE worker ADD COLUMN suspension TEXT;
        """

    private static let second = """
        -- What a unit's head says of its test fold, where a sweep keeps it. Beside the results, which tables read.
        CREATE TABLE prediction (
            unit INTEGER PRIMARY KEY REFERENCES result (unit),
            bytes BLOB NOT NULL CHECK (length(bytes) > 0)
        ) STRICT;
        """

    private static let first = """
        -- How often a coordinator has started on this ledger; attempts carry it, so that they only grow.
        CREATE TABLE coordinator (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            incarnation INTEGER NOT NULL CHECK (incarnation >= 0)
        ) STRICT;
        INSERT INTO coordinator (id, incarnation) VALUES (1, 0);

        CREATE TABLE worker (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE CHECK (name <> '')
        ) STRICT;

        CREATE TABLE sweep (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL CHECK (name <> ''),
            specification TEXT NOT NULL,
            facts TEXT NOT NULL CHECK (json_valid(facts)),
            units INTEGER NOT NULL CHECK (units >= 0),
            createdAt INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('active', 'cancelled'))
        ) STRICT;

        -- Members of canonical forms, shared by the units that have them in common.
        CREATE TABLE part (
            id INTEGER PRIMARY KEY,
            bytes BLOB NOT NULL UNIQUE
        ) STRICT;

        -- A unit belongs to no sweep: two sweeps that contain it share it, and its result.
        CREATE TABLE unit (
            id INTEGER PRIMARY KEY,
            key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
            form BLOB NOT NULL CHECK (length(form) > 1)
        ) STRICT;

        CREATE TABLE pass (
            id INTEGER PRIMARY KEY,
            sweep INTEGER NOT NULL REFERENCES sweep (id) ON DELETE CASCADE,
            name TEXT NOT NULL CHECK (name <> ''),
            folder TEXT NOT NULL,
            UNIQUE (sweep, name)
        ) STRICT;

        CREATE TABLE sweepUnit (
            sweep INTEGER NOT NULL REFERENCES sweep (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            unit INTEGER NOT NULL REFERENCES unit (id),
            pass INTEGER NOT NULL REFERENCES pass (id),
            cost REAL NOT NULL CHECK (cost >= 0),
            PRIMARY KEY (sweep, position)
        ) STRICT, WITHOUT ROWID;

        -- One row for a unit, ever: this is what makes a result exactly-once, whoever sends it and however often.
        CREATE TABLE result (
            unit INTEGER PRIMARY KEY REFERENCES unit (id),
            attempt INTEGER NOT NULL CHECK (attempt >= 0),
            worker INTEGER NOT NULL REFERENCES worker (id),
            committedAt INTEGER NOT NULL,
            payload BLOB NOT NULL CHECK (length(payload) > 0)
        ) STRICT;

        CREATE TABLE failure (
            unit INTEGER NOT NULL REFERENCES unit (id),
            attempt INTEGER NOT NULL CHECK (attempt >= 0),
            worker INTEGER NOT NULL REFERENCES worker (id),
            cause TEXT NOT NULL CHECK (cause IN ('error', 'death')),
            reason TEXT NOT NULL,
            failedAt INTEGER NOT NULL,
            -- 1 when it no longer counts against the unit.
            forgiven INTEGER NOT NULL DEFAULT 0 CHECK (forgiven IN (0, 1)),
            PRIMARY KEY (unit, attempt)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE quarantine (
            unit INTEGER PRIMARY KEY REFERENCES unit (id),
            reason TEXT NOT NULL,
            quarantinedAt INTEGER NOT NULL
        ) STRICT;
        """
}
