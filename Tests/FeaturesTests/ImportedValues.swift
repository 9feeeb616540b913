import Features
import Numerics

extension FeatureImport {
    /// An import of layers from 0 into a new set `set` in a folder.
    static func new(in folder: TemporaryFolder, _ files: [String]) -> FeatureImport {
        var order = FeatureImport(folder: folder.file("set"))
        order.name = "mine"
        order.backbone = .init(name: "vit", revision: "1")
        order.layers = files.enumerated().map { .init(index: $0, file: $1) }
        return order
    }

    /// What the fixtures' arrays hold: `[2, 3, 4]`, counting in eighths from −1.
    static func expected(_ sample: Int, _ token: Int) -> [Float] {
        (0..<4).map { Float(sample * 12 + token * 4 + $0) / 8 - 1 }
    }
}

extension FeatureSet {
    /// All stored tokens of a sample in single precision.
    func values(layer index: Int = 0, sample: Int) throws -> [[Float]] {
        let layer = try layer(index)
        return withExtendedLifetime(layer) {
            let view = layer.allTokens(sample)
            return (0..<view.tokens).map { token in
                (0..<view.width).map { column in
                    let place = (token * view.width + column) * view.type.size
                    return switch view.type {
                    case .bfloat16:
                        Float(bitPattern: UInt32(view.base.load(fromByteOffset: place, as: UInt16.self)) << 16)
                    case .float16: Float(Float16(bitPattern: view.base.load(fromByteOffset: place, as: UInt16.self)))
                    default: view.base.load(fromByteOffset: place, as: Float.self)
                    }
                }
            }
        }
    }
}
