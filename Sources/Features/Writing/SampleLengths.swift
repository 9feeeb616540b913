/// How many stored tokens (class token, registers and patch tokens) the samples of a layer have.
package enum SampleLengths: Sendable, Equatable {
    case equal(tokens: Int, samples: Int)
    case each([Int])

    package var samples: Int {
        switch self {
        case .equal(_, let samples): samples
        case .each(let lengths): lengths.count
        }
    }

    package var longest: Int {
        switch self {
        case .equal(let tokens, _): tokens
        case .each(let lengths): lengths.max() ?? 0
        }
    }

    package subscript(sample: Int) -> Int {
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
