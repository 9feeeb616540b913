/// The k most similar candidates of every query, found while similarities stream by.
///
/// Equal similarities are in the order of ``NeighbourKey``.
final class NearestSearch: @unchecked Sendable {
    // Sendable because `lists` says when they are, and `listOfQuery` is written before threads share the search.

    /// k, or the number of candidates if that is less.
    let depth: Int
    /// Rows of the task whose neighbours are wanted, and those among which they are.
    let queries, candidates: [Int]
    /// One list for each query.
    let lists: NeighbourLists
    /// The list of each query by its place, as whoever walks through rows in an order of its own has them.
    let listOfQuery: UnsafeMutablePointer<Int32>

    /// - Parameter expects: Whether lists may drop what is not to be expected among the nearest.
    init(queries: [Int], candidates: [Int], depth: Int, expects: Bool = true) {
        self.queries = queries
        self.candidates = candidates
        self.depth = min(depth, candidates.count)
        lists = NeighbourLists(
            count: queries.count, depth: max(1, self.depth), candidates: candidates.count, expects: expects)
        listOfQuery = .allocate(capacity: max(1, queries.count))
        for place in queries.indices { listOfQuery[place] = Int32(place) }
    }

    deinit {
        lists.deallocate()
        listOfQuery.deallocate()
    }

    /// One neighbour of a query.
    struct Neighbour {
        let row: Int
        let similarity: Float
    }

    /// The neighbours of a query by its place among `queries`, nearest first.
    func neighbours(of query: Int) -> [Neighbour] {
        lists.best(Int(listOfQuery[query])).map { Neighbour(row: Int($0.row), similarity: $0.similarity) }
    }

    /// The same search for the queries whose lists lost some of the nearest, with their places here; nil where none
    /// did.
    func again() -> (search: NearestSearch, places: [Int])? {
        let places = queries.indices.filter { lists.isIncomplete(Int(listOfQuery[$0])) }
        if places.isEmpty { return nil }
        let search = NearestSearch(
            queries: places.map { queries[$0] }, candidates: candidates, depth: depth, expects: false)
        return (search, places)
    }

    /// Takes what `again` found.
    func take(_ other: NearestSearch, at places: [Int]) {
        for (otherPlace, place) in places.enumerated() {
            lists.replace(Int(listOfQuery[place]), by: other.lists, Int(other.listOfQuery[otherPlace]))
        }
    }
}
