import Scheduling

/// The scheduler's type of a row; the ledger has its own, ``DurableRow``.
typealias OrderedRow = LedgerRow
