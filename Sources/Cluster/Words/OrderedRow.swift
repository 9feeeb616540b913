import Scheduling

/// A row as the scheduler orders it; the ledger writes it in words of its own, ``DurableRow``.
typealias OrderedRow = LedgerRow
