import Identities

/// The remedy for an unknown name: the most similar name, if any, and all valid ones.
func remedyForUnknown(_ name: String, among known: [String]) -> String {
    guard !known.isEmpty else { return "it takes none" }
    let all = "known: " + known.joined(separator: ", ")
    return nearestName(to: name, among: known).map { "did you mean \($0)? (\(all))" } ?? all
}
