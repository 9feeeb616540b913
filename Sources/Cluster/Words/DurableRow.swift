import Ledger

/// The ledger's type of a row; the scheduler has its own, ``OrderedRow``.
typealias DurableRow = LedgerRow
