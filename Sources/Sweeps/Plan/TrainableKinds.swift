/// The kinds of task that a pass can train; feature sets may hold tasks of others, which `Metrics` can score.
enum TrainableKinds {
    private static let names: Set<String> = ["classification"]

    static func contains(_ kind: String) -> Bool { names.contains(kind) }
}
