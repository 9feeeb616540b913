/// Element type of frozen tokens as they lie in a file.
public enum TokenType: Sendable { case bfloat16, float16, float32, float64 }

/// Tokens of one sample as they lie in the file: `[T, D]`, row-major.
public struct TokenView: @unchecked Sendable {
    public let base: UnsafeRawPointer
    public let tokens: Int
    public let width: Int
    public let type: TokenType

    public init(base: UnsafeRawPointer, tokens: Int, width: Int, type: TokenType) {
        self.base = base
        self.tokens = tokens
        self.width = width
        self.type = type
    }
}
