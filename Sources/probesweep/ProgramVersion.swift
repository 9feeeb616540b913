/// The version that results carry in their provenance.
enum ProgramVersion {
    static let current = "0.1.0"
}
