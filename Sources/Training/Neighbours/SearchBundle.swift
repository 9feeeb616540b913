import Numerics

/// Up to 64 searches that look at similarities together, with one comparison for all searches of a row.
///
/// Rows stand in an order of their own, `positions`, and have a bit for each search that asks for their neighbours, and
/// for each that accepts them as neighbours.
final class SearchBundle: @unchecked Sendable {
    // Sendable because limits and lists of a stripe of positions are written by one thread at a time, and the rest is
    // written in `init` alone.

    static let capacity = UInt64.bitWidth

    private let searches: [NearestSearch]
    private let lists: UnsafeMutableBufferPointer<NeighbourLists>
    /// The task's row at each position.
    private let rows: UnsafeMutablePointer<Int32>
    private let asks, accepts: UnsafeMutablePointer<UInt64>
    /// The list of each position in each search, [searches][positions]. Lists stand in the order of positions, so that
    /// those of neighbouring positions lie together.
    private let listOfPosition: UnsafeMutablePointer<Int32>
    private let limits: UnsafeMutablePointer<Float>
    let positions: Int

    init(_ searches: ArraySlice<NearestSearch>, roles: ArraySlice<RowRoles>, order: [Int]) {
        self.searches = Array(searches)
        positions = order.count
        lists = .allocate(capacity: searches.count)
        _ = lists.initialize(fromContentsOf: searches.map(\.lists))
        let room = max(1, order.count)
        (rows, limits) = (.allocate(capacity: room), .allocate(capacity: room))
        (asks, accepts) = (.allocate(capacity: room), .allocate(capacity: room))
        listOfPosition = .allocate(capacity: room * searches.count)
        for (position, row) in order.enumerated() {
            rows[position] = Int32(row)
            (asks[position], accepts[position]) = (0, 0)
            for (index, role) in roles.enumerated() {
                if role.places[row] >= 0 { asks[position] |= 1 << index }
                if role.isCandidate[row] { accepts[position] |= 1 << index }
            }
            limits[position] = asks[position] == 0 ? .infinity : -.infinity
        }
        for (index, (search, role)) in zip(searches, roles).enumerated() {
            var list: Int32 = 0
            for (position, row) in order.enumerated() where role.places[row] >= 0 {
                listOfPosition[index * positions + position] = list
                search.listOfQuery[Int(role.places[row])] = list
                list += 1
            }
        }
    }

    deinit {
        lists.deallocate()
        rows.deallocate()
        limits.deallocate()
        asks.deallocate()
        accepts.deallocate()
        listOfPosition.deallocate()
    }

    /// The searches that ask for neighbours of any of these positions, and those that accept any as neighbours.
    func roles(_ positions: Range<Int>) -> (asks: UInt64, accepts: UInt64) {
        positions.reduce((0, 0)) { ($0.0 | asks[$1], $0.1 | accepts[$1]) }
    }

    /// How many of these positions each search accepts as neighbours.
    func candidates(_ positions: Range<Int>) -> [Int] {
        lists.indices.map { index in positions.count { accepts[$0] >> index & 1 == 1 } }
    }

    /// Takes the similarities of some positions to others, whose own similarities to the first they are as well.
    ///
    /// - Parameters:
    ///   - seen: Candidates that were compared with each row until now, these columns included, for each search; the
    ///     same for columns and rows, nil where rows and columns are the same positions, so that every pair stands
    ///     there twice.
    ///   - places: Room for as many places as there are columns.
    ///   - unlimited: As many times ∞.
    func take(
        _ similarities: MatrixView<Float>, rows: Range<Int>, columns: Range<Int>,
        seen: (rows: [Int], columns: [Int]?), places: UnsafeMutablePointer<UInt32>, unlimited: UnsafePointer<Float>,
        on path: KernelPath
    ) {
        let columnLimits = seen.columns == nil ? unlimited : UnsafePointer(limits + columns.lowerBound)
        for row in rows {
            let values = similarities.pointer + (row - rows.lowerBound) * similarities.stride
            let found = placesNotBelow(
                limits[row], columnLimits, in: values, count: columns.count, into: places, on: path)
            for index in 0..<found {
                let (value, column) = (values[Int(places[index])], columns.lowerBound + Int(places[index]))
                if !(value < limits[row]) { offer(value, from: column, to: row, seen.rows) }
                if let seen = seen.columns, !(value < limits[column]) { offer(value, from: row, to: column, seen) }
            }
        }
    }

    /// Offers one position as a neighbour of another to every search that has such a question.
    private func offer(_ similarity: Float, from candidate: Int, to query: Int, _ seen: [Int]) {
        var common = asks[query] & accepts[candidate]
        guard common != 0 else { return }
        let key = NeighbourKey(similarity: similarity, row: rows[candidate])
        while common != 0 {
            let index = common.trailingZeroBitCount
            common &= common &- 1
            let list = Int(listOfPosition[index &* positions &+ query])
            guard lists[index].offer(key, to: list) else { continue }
            lists[index].makeRoom(in: list, seen: seen[index])
            limits[query] = limit(of: query)
        }
    }

    /// The lowest limit of all searches that ask for a position's neighbours.
    private func limit(of query: Int) -> Float {
        var (rest, lowest) = (asks[query], Float.infinity)
        while rest != 0 {
            let index = rest.trailingZeroBitCount
            rest &= rest - 1
            lowest = min(lowest, lists[index].limit(of: Int(listOfPosition[index * positions + query])))
        }
        return lowest
    }
}
