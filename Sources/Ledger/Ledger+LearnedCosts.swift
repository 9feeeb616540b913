import GRDB

// What a coordinator has learned about predictions and workers, for the next one and for `plan`.

extension Ledger {
    /// Replaces the records of kinds of units and of workers.
    package func remember(_ kinds: [CostKindRecord], _ speeds: [WorkerSpeedRecord]) throws(LedgerError) {
        try write { database in
            let writeKind = try database.cachedStatement(
                sql: """
                    INSERT INTO kind (name, units, predicted, measured) VALUES (?, ?, ?, ?)
                    ON CONFLICT (name) DO UPDATE
                    SET units = excluded.units, predicted = excluded.predicted, measured = excluded.measured
                    """)
            for kind in kinds {
                try writeKind.execute(arguments: [kind.name, kind.units, kind.predicted, kind.measured])
            }
            let writeSpeed = try database.cachedStatement(
                sql: """
                    INSERT INTO worker (name, declaredSpeed, measuredSpeed) VALUES (?, ?, ?)
                    ON CONFLICT (name) DO UPDATE
                    SET declaredSpeed = excluded.declaredSpeed, measuredSpeed = excluded.measuredSpeed
                    """)
            for speed in speeds { try writeSpeed.execute(arguments: [speed.worker, speed.declared, speed.measured]) }
        }
    }
}

extension LedgerReader {
    /// Every kind of unit with finished units; none in a ledger of an earlier version.
    package func kinds() throws(LedgerError) -> [CostKindRecord] {
        try read { database in
            guard try database.tableExists("kind") else { return [] }
            return try Row.fetchAll(
                database, sql: "SELECT name, units, predicted, measured FROM kind WHERE units > 0 ORDER BY name"
            )
            .map { CostKindRecord(name: $0[0], units: $0[1], predicted: $0[2], measured: $0[3]) }
        }
    }

    /// Workers whose speed was measured; none in a ledger of an earlier version.
    package func workerSpeeds() throws(LedgerError) -> [WorkerSpeedRecord] {
        try read { database in
            guard try database.tableExists("kind") else { return [] }
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT name, declaredSpeed, measuredSpeed FROM worker WHERE measuredSpeed IS NOT NULL ORDER BY name
                    """
            )
            .map { WorkerSpeedRecord(worker: $0[0], declared: $0[1], measured: $0[2]) }
        }
    }
}
