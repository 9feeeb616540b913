import Yams

/// One reading of a specification's text: where its fields are, and the problems found so far.
///
/// A class, because all sections report to the same reading.
final class SpecificationReading {
    private(set) var source: SpecificationSource
    private(set) var problems: [SpecificationError.Problem] = []

    init(file: String) {
        source = SpecificationSource(file: file, lines: [:])
    }

    /// Records where a field is.
    func note(_ field: String, at node: Node) {
        source.lines[field] = node.mark?.line
    }

    func report(_ field: String, _ node: Node?, _ reason: String, remedy: String? = nil) {
        var problem = source.problem(field, node.map(Self.excerpt), reason, remedy: remedy)
        if let line = node?.mark?.line { problem.line = line }
        problems.append(problem)
    }

    /// As much of a node as the user needs to recognise it.
    private static func excerpt(_ node: Node) -> String {
        let text = text(node)
        return text.count > 200 ? text.prefix(200) + "…" : text
    }

    /// A node as the user would write it.
    private static func text(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): scalar.string
        case .sequence(let items): "[" + items.map(text).joined(separator: ", ") + "]"
        case .mapping(let pairs): "{" + pairs.map { "\(text($0.key)): \(text($0.value))" }.joined(separator: ", ") + "}"
        case .alias: "*"
        }
    }
}

extension SpecificationReading {
    /// A violation of YAML itself, as a problem of the file.
    static func problem(of error: any Error, in file: String) -> SpecificationError.Problem {
        let remedy = "Correct the YAML."
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return .init(file: file, line: mark.line, field: "file", reason: "is not YAML: \(problem).", remedy: remedy)
        case .duplicatedKeysInMapping(let names, let context):
            let list = names.joined(separator: ", ")
            return .init(
                file: file, line: context.mark.line, field: list, reason: "occurs twice in the same mapping.",
                remedy: "Keep one.")
        default:
            return .init(file: file, field: "file", reason: "is not YAML: \(error).", remedy: remedy)
        }
    }
}
