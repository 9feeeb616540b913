import Ledger

/// A row as the ledger writes it; the scheduler orders it in words of its own, ``OrderedRow``.
typealias DurableRow = LedgerRow
