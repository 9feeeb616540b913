import Foundation
import Numerics

/// The tokens of one synthetic layer; see ``SyntheticFeatures``.
struct SyntheticTokens: Sendable {
    /// The purpose of random numbers: the upper half of the generator's stream.
    enum Stream: UInt64 {
        case lengths = 0x1_0000_0000
        case prototypes = 0x2_0000_0000
        case objects = 0x3_0000_0000
        case noise = 0x4_0000_0000
    }

    let features: SyntheticFeatures
    let layer: Int
    let lengths: SampleLengths
    /// The factor of each dimension; empty where all are 1.
    private let spread: [Float]

    init(features: SyntheticFeatures, layer: Int, lengths: SampleLengths) {
        self.features = features
        self.layer = layer
        self.lengths = lengths
        spread = features.falloff == 0 ? [] : (0..<features.width).map { Float(pow(1 + Double($0), -features.falloff)) }
    }

    private var strength: Float {
        let depth = features.layers > 1 ? Double(layer) / Double(features.layers - 1) : 1
        return Float(features.signal * (0.5 + 0.5 * depth))
    }

    /// Fills a buffer with the stored tokens of consecutive samples; the result does not depend on the threads.
    func fill(_ samples: Range<Int>, _ buffer: UnsafeMutableRawBufferPointer, threads: ThreadPool) {
        guard let start = buffer.baseAddress else { return }
        let bytesPerToken = features.width * features.dtype.byteCount
        var places: [Int] = [0]
        for sample in samples { places.append(places[places.count - 1] + lengths[sample] * bytesPerToken) }
        // Safe to share: each sample has its own part of the buffer.
        nonisolated(unsafe) let base = start
        let fixedPlaces = places
        threads.forEach(samples.count) { index in
            fill(sample: samples.lowerBound + index, base + fixedPlaces[index])
        }
    }

    private func fill(sample: Int, _ base: UnsafeMutableRawPointer) {
        let label = sample % features.classes
        let prefix = features.classToken ? 1 : 0
        let objects = objectTokens(of: sample, count: lengths[sample] - prefix)
        var noise = NoiseRow(seed: features.seed, layer: layer, sample: sample)
        var token = [Float](repeating: 0, count: features.width)
        for place in 0..<lengths[sample] {
            noise.fill(&token)
            if place < prefix {
                add(strength * Float(features.share), prototype: label, to: &token)
            } else if objects.contains(place - prefix) {
                add(strength, prototype: label, to: &token)
                add(strength, prototype: features.classes, to: &token)
            }
            for dimension in spread.indices { token[dimension] *= spread[dimension] }
            store(token, at: base + place * features.width * features.dtype.byteCount)
        }
    }

    private func objectTokens(of sample: Int, count: Int) -> Set<Int> {
        let number = max(1, Int((features.share * Double(count)).rounded()))
        let generator = CounterGenerator(key: features.seed, stream: Stream.objects.rawValue | UInt64(sample))
        return Set(generator.permutation(count).prefix(number))
    }

    /// ±1 in every dimension: a class's own mark, or, by the number after the last class, that of object tokens.
    private func add(_ strength: Float, prototype: Int, to token: inout [Float]) {
        let signs = CounterGenerator(key: features.seed, stream: Stream.prototypes.rawValue | UInt64(prototype))
        var bits: UInt64 = 0
        for dimension in token.indices {
            if dimension % 64 == 0 { bits = signs.bits(at: UInt64(dimension / 64)) }
            token[dimension] += bits & 1 == 1 ? strength : -strength
            bits >>= 1
        }
    }

    private func store(_ token: [Float], at place: UnsafeMutableRawPointer) {
        switch features.dtype {
        case .bfloat16:
            let target = place.assumingMemoryBound(to: UInt16.self)
            for index in token.indices { target[index] = BFloat16.bits(of: token[index]).littleEndian }
        case .float16:
            let target = place.assumingMemoryBound(to: UInt16.self)
            for index in token.indices { target[index] = Float16(token[index]).bitPattern.littleEndian }
        default:
            let target = place.assumingMemoryBound(to: UInt32.self)
            for index in token.indices { target[index] = token[index].bitPattern.littleEndian }
        }
    }
}

/// Noise of mean 0 and variance 1, uniform: four elements of each 64 bits, where normal numbers would cost two
/// transcendental functions each.
private struct NoiseRow {
    private let generator: CounterGenerator
    private var index: UInt64 = 0

    init(seed: UInt64, layer: Int, sample: Int) {
        // Each layer has its own key; the stream's lower half is the sample's number.
        generator = CounterGenerator(
            key: seed &+ UInt64(layer) &* 0x9E37_79B9_7F4A_7C15,
            stream: SyntheticTokens.Stream.noise.rawValue | UInt64(sample))
    }

    mutating func fill(_ token: inout [Float]) {
        let scale = Float(12).squareRoot() / 65_536
        var bits: UInt64 = 0
        for dimension in token.indices {
            if dimension % 4 == 0 {
                bits = generator.bits(at: index)
                index += 1
            }
            token[dimension] = (Float(bits & 0xFFFF) - 32_767.5) * scale
            bits >>= 16
        }
    }
}
