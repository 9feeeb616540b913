func dot(_ first: [Double], _ second: [Double]) -> Double {
    precondition(first.count == second.count)
    var chains = SIMD8<Double>(repeating: 0)
    var sum = 0.0
    first.withUnsafeBytes { first in
        second.withUnsafeBytes { second in
            let size = MemoryLayout<SIMD8<Double>>.size
            var offset = 0
            while offset + size <= first.count {
                chains +=
                    first.loadUnaligned(fromByteOffset: offset, as: SIMD8<Double>.self)
                    * second.loadUnaligned(fromByteOffset: offset, as: SIMD8<Double>.self)
                offset += size
            }
            while offset < first.count {
                sum +=
                    first.loadUnaligned(fromByteOffset: offset, as: Double.self)
                    * second.loadUnaligned(fromByteOffset: offset, as: Double.self)
                offset += MemoryLayout<Double>.size
            }
        }
    }
    return chains.sum() + sum
}

func norm(_ vector: [Double]) -> Double {
    dot(vector, vector).squareRoot()
}

func largestMagnitude(_ vector: [Double]) -> Double {
    vector.reduce(0) { max($0, abs($1)) }
}

/// target ← target + factor · vector.
func add(_ vector: [Double], times factor: Double, to target: inout [Double]) {
    precondition(vector.count == target.count)
    for index in target.indices { target[index] += factor * vector[index] }
}

func subtract(_ first: [Double], _ second: [Double]) -> [Double] {
    var difference = first
    add(second, times: -1, to: &difference)
    return difference
}

/// target ← factor · target.
func scale(_ target: inout [Double], by factor: Double) {
    for index in target.indices { target[index] *= factor }
}
