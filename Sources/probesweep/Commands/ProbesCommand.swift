import ArgumentParser
import Foundation
import Probes

struct ProbesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probes", abstract: "List all probe types with their options and costs.")

    @Option(help: "D, the width of a token.")
    var width = 768

    @Option(help: "T, patch tokens per sample.")
    var tokens = 196

    @Option(help: "T of the longest sample, where samples differ in length; --tokens is then their mean.")
    var longest: Int?

    @Option(help: "C, the number of classes.")
    var classes = 1000

    @Option(help: "Training samples, which determine k-NN's cost.")
    var samples = 50_000

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    func validate() throws {
        for (name, value) in [("width", width), ("tokens", tokens), ("classes", classes)] where value < 1 {
            throw ValidationError("--\(name) must be at least 1, not \(value).")
        }
        if let longest, longest <= tokens {
            throw ValidationError("--longest must be greater than --tokens, which is \(tokens), and not \(longest).")
        }
    }

    func run() throws {
        let entries = try ProbeCatalog.types.map(entry)
        switch format {
        case .json: try Output.json(entries)
        case .text: try Output.text(text(entries))
        }
    }

    /// One probe at the requested shape; a reason instead of costs if it does not fit.
    private struct Entry: Encodable {
        var probe: String
        var settings: [String: OptionValue]
        var parameters: Int?
        var reference_macs: Int?
        var executed_macs: Int?
        /// Of the longest sample, where samples differ in length.
        var longest_reference_macs: Int?
        var longest_executed_macs: Int?
        var refused: String?
    }

    private func entry(_ type: any Probe.Type) throws -> Entry {
        let configuration = try ProbeCatalog.complete(ProbeConfiguration(type: type.name))
        var shape = ProbeShape(
            width: width, tokens: 1...(longest ?? tokens), classes: classes, hasClassToken: true,
            trainingSamples: samples)
        if longest == nil { shape.tokens = tokens...tokens }
        do {
            let most = try ProbeCatalog.probe(configuration, shape: shape).cost
            shape.meanTokens = tokens
            let cost = try ProbeCatalog.probe(configuration, shape: shape).cost
            return Entry(
                probe: type.name, settings: configuration.options, parameters: cost.parameters,
                reference_macs: cost.reference.forward, executed_macs: cost.executed.forward,
                longest_reference_macs: longest.map { _ in most.reference.forward },
                longest_executed_macs: longest.map { _ in most.executed.forward })
        } catch {
            return Entry(probe: type.name, settings: configuration.options, refused: "\(error)")
        }
    }

    private func text(_ entries: [Entry]) -> String {
        let length = longest.map { "T = \(tokens) on average and at most \($0)" } ?? "T = \(tokens)"
        var text = "D = \(width), \(length), C = \(classes); "
        text += "multiply–accumulates of the forward pass per sample\n\n"
        text += row(
            ["probe", "parameters", "reference MACs", "executed MACs"]
                + (longest == nil ? [] : ["longest ref.", "longest exec."]))
        for entry in entries {
            let longest = self.longest == nil ? [] : [entry.longest_reference_macs, entry.longest_executed_macs]
            let numbers = [entry.parameters, entry.reference_macs, entry.executed_macs] + longest
            text += row([entry.probe] + numbers.map(number))
            if let refused = entry.refused { text += "    \(refused)\n" }
        }
        for type in ProbeCatalog.types {
            text += "\n\(type.name)\n"
            for option in type.options {
                text += "    \(option.name): \(option.summary) (\(option.kind); default \(option.defaultValue))\n"
            }
        }
        return text
    }

    private func row(_ cells: [String]) -> String {
        cells[0].padding(to: 14) + cells.dropFirst().map { $0.padding(to: -16) }.joined() + "\n"
    }

    private func number(_ value: Int?) -> String {
        guard let value else { return "–" }
        return value.formatted(.number.grouping(.automatic))
    }
}

extension String {
    /// Padded with spaces to a width, on the right or, for a negative width, on the left.
    fileprivate func padding(to width: Int) -> String {
        let spaces = String(repeating: " ", count: max(0, abs(width) - count))
        return width < 0 ? spaces + self : self + spaces
    }
}
