import Numerics

/// What a search has to do with each row of a task.
struct RowRoles {
    /// The row's place among the queries, −1 where it is none.
    let places: [Int32]
    let isCandidate: [Bool]

    init(_ search: NearestSearch, rows: Int) {
        var places = [Int32](repeating: -1, count: rows)
        for (place, row) in search.queries.enumerated() { places[row] = Int32(place) }
        var isCandidate = [Bool](repeating: false, count: rows)
        for row in search.candidates { isCandidate[row] = true }
        self.places = places
        self.isCandidate = isCandidate
    }
}

/// The searches of a group, one for equal questions.
struct SearchTable {
    private struct Key: Hashable {
        let queries: [Int]
        let candidates: [Int]
        let depth: Int
    }

    let rows: Int
    private(set) var all: [NearestSearch] = []
    private var known: [Key: NearestSearch] = [:]

    /// - Parameter rows: Rows of the task.
    init(rows: Int) {
        self.rows = rows
    }

    mutating func search(_ queries: [Int], among candidates: [Int], depth: Int) -> NearestSearch {
        let key = Key(queries: queries, candidates: candidates, depth: depth)
        if let search = known[key] { return search }
        let search = NearestSearch(queries: queries, candidates: candidates, depth: depth)
        known[key] = search
        all.append(search)
        return search
    }

    /// Finds every query's neighbours.
    ///
    /// - Parameters:
    ///   - isWanted: Asked before every block of similarities; once it is false lists stay incomplete.
    ///   - features: The vectors of some rows of the task, in their order.
    func run(
        on path: KernelPath, _ threads: ThreadPool, while isWanted: @Sendable () -> Bool,
        features: ([Int]) -> Matrix<Float>
    ) {
        let (order, bundles) = bundles()
        let vectors = features(order)
        SimilarityBlocks(vectors.view, bundles, on: path).run(threads, while: isWanted)
        withExtendedLifetime(vectors) {}
        sort(threads)
        let rest = again()
        guard !rest.found.isEmpty, isWanted() else { return }
        rest.table.run(on: path, threads, while: isWanted, features: features)
        for (search, original, places) in rest.found { original.take(search, at: places) }
    }

    /// Puts every list in order, once all similarities were offered.
    func sort(_ threads: ThreadPool) {
        let lists = all.flatMap { search in search.queries.indices.map { (search.lists, $0) } }
        let block = 256
        threads.forEach((lists.count + block - 1) / block) { index in
            for (lists, list) in lists[index * block..<min((index + 1) * block, lists.count)] { lists.sort(list) }
        }
    }

    /// The searches for what these lost, each with what it belongs to.
    private func again() -> (table: SearchTable, found: [(search: NearestSearch, of: NearestSearch, places: [Int])]) {
        var table = SearchTable(rows: rows)
        let found = all.compactMap { search in
            search.again().map { (search: $0.search, of: search, places: $0.places) }
        }
        table.all = found.map(\.search)
        return (table, found)
    }

    /// The rows that any search has to do with, those of equal roles together, so that whole blocks of similarities
    /// that nobody asks for can be left out; and the searches over rows in that order.
    func bundles() -> (order: [Int], bundles: [SearchBundle]) {
        let roles = all.map { RowRoles($0, rows: rows) }
        let bundles = stride(from: 0, to: all.count, by: SearchBundle.capacity).map {
            $0..<min($0 + SearchBundle.capacity, all.count)
        }
        let signatures = (0..<rows).map { row in
            bundles.flatMap { bundle in
                [Self.bits(roles[bundle]) { $0.places[row] >= 0 }, Self.bits(roles[bundle]) { $0.isCandidate[row] }]
            }
        }
        let used = (0..<rows).filter { row in signatures[row].contains { $0 != 0 } }
        // Shuffled, so that the first candidates are representative.
        let chance = CounterGenerator(key: 0, stream: 0).permutation(rows)
        let order = used.sorted { left, right in
            signatures[left] == signatures[right]
                ? chance[left] < chance[right] : signatures[left].lexicographicallyPrecedes(signatures[right])
        }
        return (order, bundles.map { SearchBundle(all[$0], roles: roles[$0], order: order) })
    }

    private static func bits(_ roles: ArraySlice<RowRoles>, _ isSet: (RowRoles) -> Bool) -> UInt64 {
        var bits: UInt64 = 0
        for (index, role) in roles.enumerated() where isSet(role) { bits |= 1 << index }
        return bits
    }
}
