internal import CKernels

/// The element type of tokens in memory.
package enum TokenType: String, Codable, CaseIterable, Sendable {
    case bfloat16, float16, float32, float64

    /// Bytes of one element.
    package var size: Int {
        switch self {
        case .bfloat16, .float16: 2
        case .float32: 4
        case .float64: 8
        }
    }
}

/// The tokens of one sample in the file's layout: `[T, D]`, row-major, contiguous.
package struct TokenView: @unchecked Sendable {
    // Sendable because nobody writes through it: tokens are frozen, and the owner keeps them mapped.
    package let base: UnsafeRawPointer
    /// T. Samples of unequal length each have their own.
    package let tokens: Int
    /// D.
    package let width: Int
    package let type: TokenType

    package init(base: UnsafeRawPointer, tokens: Int, width: Int, type: TokenType) {
        self.base = base
        self.tokens = tokens
        self.width = width
        self.type = type
    }

    /// The same sample without its first or last tokens.
    package func tokens(_ range: Range<Int>) -> TokenView {
        precondition(range.lowerBound >= 0 && range.upperBound <= tokens, "tokens \(range) of \(tokens)")
        return TokenView(
            base: base + range.lowerBound * width * type.size, tokens: range.count, width: width, type: type)
    }
}

extension TokenView {
    /// All bytes of the sample.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: tokens * width * type.size)
    }
}

/// Writes a sample's tokens as blocks of 32 columns, `[⌈D / 32⌉][capacity][32]`, zeros behind the width.
func decode<S: Scalar>(_ view: TokenView, into target: UnsafeMutablePointer<S>, capacity: Int, on path: KernelPath) {
    kernels(for: S.self, on: path).decode(view.type.index, view.base, view.tokens, view.width, target, capacity)
}
