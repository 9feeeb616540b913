/// Mutates valid inputs at random into inputs that no correct writer produces.
package struct Mutator {
    private let corpus: [[UInt8]]
    private var random: SeededGenerator

    package init(_ corpus: [[UInt8]], seed: UInt64) {
        self.corpus = corpus
        random = SeededGenerator(seed: seed)
    }

    package mutating func next() -> [UInt8] {
        if Int.random(in: 0..<8, using: &random) == 0 {
            return (0..<Int.random(in: 0..<200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        var input = corpus.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&input) }
        return input
    }

    private mutating func mutate(_ input: inout [UInt8]) {
        let place = Int.random(in: 0...input.count, using: &random)
        switch Int.random(in: 0..<7, using: &random) {
        case 0: input.removeSubrange(place...)
        case 1 where place < input.count: input[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2 where place < input.count: input[place] = [0, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        case 3: input.insert(contentsOf: repeatElement(0xFF, count: Int.random(in: 1...12, using: &random)), at: place)
        case 4: input = input[..<place] + (corpus.randomElement(using: &random) ?? [])
        case 5 where place < input.count:
            // Replaces a digit or letter by another one, so that numbers and names change but the syntax does not.
            let letters = Array("0123456789-.:,[]{}'\"aefnrtx &*|>".utf8)
            input[place] = letters.randomElement(using: &random) ?? 0
        default: input = Array(input[place...] + input[..<place])
        }
    }
}
