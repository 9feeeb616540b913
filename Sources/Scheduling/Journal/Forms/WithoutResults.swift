package import Identities

/// Rows that are encoded without their results, which are long, and in the ledger or on their way there. Decoded rows
/// have empty ones.
@propertyWrapper
struct WithoutResults: Sendable, Codable {
    var wrappedValue: [LedgerRow]

    init(wrappedValue: [LedgerRow]) { self.wrappedValue = wrappedValue }

    init(from decoder: any Decoder) throws {
        wrappedValue = try decoder.singleValueContainer().decode([LedgerRow].self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue.map(\.withoutResult))
    }
}

extension LedgerRow {
    /// The row as the journal has it.
    package var withoutResult: LedgerRow {
        guard case .result(let unit, let attempt, let worker, _) = self else { return self }
        return .result(unit, attempt, worker: worker, payload: [])
    }
}
