import Numerics
import Synchronization

/// All similarities that searches ask for, in blocks that threads share: each is computed once and serves both of its
/// rows, since a product does not depend on which of two rows is the left one.
struct SimilarityBlocks {
    private let features: MatrixView<Float>
    private let bundles: [SearchBundle]
    private let path: KernelPath
    private let tiles: [Tile]

    /// Neighbouring positions, whose lists one thread at a time may write.
    private final class Tile: Sendable {
        let positions: Range<Int>
        /// For each bundle.
        let roles: [(asks: UInt64, accepts: UInt64)]
        /// How many of the positions each search of each bundle accepts.
        let candidates: [[Int]]
        /// Held by the thread that may write; how many candidates of each search of each bundle the positions have
        /// seen.
        let seen: Mutex<[[Int]]>

        init(_ positions: Range<Int>, _ bundles: [SearchBundle]) {
            self.positions = positions
            roles = bundles.map { $0.roles(positions) }
            candidates = bundles.map { $0.candidates(positions) }
            seen = Mutex(candidates.map { $0.map { _ in 0 } })
        }

        /// Whether any search asks for similarities between the two.
        func concerns(_ other: Tile) -> Bool {
            zip(roles, other.roles).contains { ($0.asks & $1.accepts) | ($1.asks & $0.accepts) != 0 }
        }
    }

    /// - Parameter features: One row for each position of the bundles.
    init(_ features: MatrixView<Float>, _ bundles: [SearchBundle], on path: KernelPath) {
        self.features = features
        self.bundles = bundles
        self.path = path
        let length = Self.tile(positions: features.rows)
        tiles = stride(from: 0, to: features.rows, by: length).map {
            Tile($0..<min($0 + length, features.rows), bundles)
        }
    }

    /// Columns of a block of similarities, which with as many rows as a tile has stays in the second-level cache.
    private static let blockColumns = 288

    /// Long tiles pack fewer blocks of rows, short ones waste less where a tile meets itself.
    private static func tile(positions: Int) -> Int {
        min(2 * blockColumns, max(96, positions / 16 / 96 * 96))
    }

    /// Single-precision numbers that a thread has room for.
    static var elementsPerThread: Int { 2 * blockColumns * (blockColumns + 2) }

    func run(_ threads: ThreadPool, while isWanted: @Sendable () -> Bool) {
        let pairs = pairs
        let next = Atomic(0)
        // Work sharing: each thread takes pairs until none is left, with one block of memory for all of them.
        threads.forEach(threads.threads) { _ in
            let scratch = ThreadScratch(rows: tiles.first?.positions.count ?? 0)
            while isWanted() {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < pairs.count else { return }
                compare(pairs[index].left, pairs[index].right, scratch)
            }
        }
    }

    /// A thread's memory.
    private final class ThreadScratch {
        let similarities: Matrix<Float>
        let unlimited: Matrix<Float>
        let places: UnsafeMutablePointer<UInt32>

        init(rows: Int) {
            similarities = Matrix(rows: rows, columns: SimilarityBlocks.blockColumns)
            unlimited = Matrix(rows: 1, columns: SimilarityBlocks.blockColumns)
            unlimited.fill(.infinity)
            places = .allocate(capacity: SimilarityBlocks.blockColumns)
        }

        deinit {
            places.deallocate()
        }
    }

    /// Pairs of tiles, the nearest first: threads then seldom contend for each other's lists.
    private var pairs: [(left: Tile, right: Tile)] {
        tiles.indices.flatMap { distance in
            (0..<tiles.count - distance).compactMap { index in
                let pair = (left: tiles[index], right: tiles[index + distance])
                return pair.left.concerns(pair.right) ? pair : nil
            }
        }
    }

    private func compare(_ left: Tile, _ right: Tile, _ scratch: ThreadScratch) {
        for first in stride(from: right.positions.lowerBound, to: right.positions.upperBound, by: Self.blockColumns) {
            let columns = first..<min(first + Self.blockColumns, right.positions.upperBound)
            let similarities = scratch.similarities.view.rows(0..<left.positions.count).columns(0..<columns.count)
            multiply(
                features.rows(left.positions), transposed: false, features.rows(columns), transposed: true,
                into: similarities, roundingInputs: false, on: path)
            see(left, right, isFirst: first == right.positions.lowerBound) { index, seen in
                bundles[index].take(
                    similarities, rows: left.positions, columns: columns, seen: seen, places: scratch.places,
                    unlimited: scratch.unlimited.elements, on: path)
            }
        }
        withExtendedLifetime(scratch) {}
    }

    /// Calls the body for each bundle while no other thread writes the lists of the two, with the candidates that both
    /// have seen when they have seen each other. Lock ordering: locks are taken in the order of positions, so that no
    /// deadlock is possible.
    private func see(
        _ left: Tile, _ right: Tile, isFirst: Bool, _ body: (Int, (rows: [Int], columns: [Int]?)) -> Void
    ) {
        left.seen.withLock { rows in
            if isFirst { add(right.candidates, to: &rows) }
            if left === right {
                for index in bundles.indices { body(index, (rows[index], nil)) }
            } else {
                right.seen.withLock { columns in
                    if isFirst { add(left.candidates, to: &columns) }
                    for index in bundles.indices { body(index, (rows[index], columns[index])) }
                }
            }
        }
    }

    private func add(_ candidates: [[Int]], to seen: inout [[Int]]) {
        for (bundle, counts) in candidates.enumerated() {
            for (search, count) in counts.enumerated() { seen[bundle][search] += count }
        }
    }
}
