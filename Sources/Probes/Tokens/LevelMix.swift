/// A mixture of levels in front of a probe: x̃_t = Σ_l softmax(w)_l · norm(x_{l,t}), w learned with the probe.
///
/// norm is a layer norm of each token without an affine map, or nothing. w begins at 0, all levels alike, and has no
/// weight decay. A factor γ in front of the sum, which the literature on language models has, is left out: batch norm
/// and value projections undo it.
///
/// Source: Peters et al., "Deep contextualized word representations" (NAACL 2018), equation 1, and Tenney et al., "What do
/// you learn from context?" (ICLR 2019).
package enum LevelMix {
    package static let none = "none"
    package static let all = "all"

    /// The option by which specs choose the levels. Planned configurations have their indices, rising.
    package static let option = ProbeOption(
        name: "mix", kind: .levels, defaultValue: .text(none),
        summary: "the levels whose mixture is read, by index or name, or all; their weights are learned",
        isLeftOutAtDefault: true)

    package static let normOption = ProbeOption(
        name: "mix-normalise", kind: .choice(["layer", none]), defaultValue: .text("layer"),
        summary: "whether each token of each level goes through a layer norm before levels are mixed",
        isLeftOutAtDefault: true, labels: [none: "unnormalised"])

    static let options = [option, normOption]

    /// L·D at most: more than any backbone's levels have, and few enough that no product of a cost overflows.
    package static let mostChannels = 1 << 19

    /// The name of w in heads.
    package static let tensor = "mix.weights"

    static func isChosen(by options: ProbeOptions) -> Bool {
        options.values[option.name].map { $0 != option.defaultValue } ?? false
    }

    /// L.
    ///
    /// - Throws: `ProbeError` for levels that are named otherwise than by index, and for fewer than two.
    static func count(_ options: ProbeOptions) throws(ProbeError) -> Int {
        guard case .list(let levels)? = options.values[option.name], levels.allSatisfy({ $0.integer != nil }) else {
            throw ProbeError(
                probe: options.probe, option: option.name,
                problem: "\(options.values[option.name]?.description ?? none) stands for levels of a feature set",
                remedy: "give indices of levels")
        }
        guard levels.count > 1 else {
            throw ProbeError(
                probe: options.probe, option: option.name, problem: "it mixes one level",
                remedy: "name two levels or more, or sweep the level by itself")
        }
        return levels.count
    }
}
