/// How many stored tokens (class token, registers and patch tokens) the samples of a layer have.
public enum SampleLengths: Sendable, Equatable {
    case equal(tokens: Int, samples: Int)
    case each([Int])

    public var samples: Int {
        switch self {
        case .equal(_, let samples): samples
        case .each(let lengths): lengths.count
        }
    }

    public var longest: Int {
        switch self {
        case .equal(let tokens, _): tokens
        case .each(let lengths): lengths.max() ?? 0
        }
    }

    public subscript(sample: Int) -> Int {
        switch self {
        case .equal(let tokens, _): tokens
        case .each(let lengths): lengths[sample]
        }
    }

    func total(_ samples: Range<Int>) -> Int {
        switch self {
        case .equal(let tokens, _): tokens * samples.count
        case .each(let lengths): lengths[samples].reduce(0, +)
        }
    }
}
