import Sweeps
import Testing
import Units

@testable import Training

@Suite("Batches")
struct BatchScheduleTests {
    @Test("An epoch visits every sample at most once, and all but the last incomplete batch", arguments: [0, 1, 9])
    func coverage(_ epoch: Int) {
        let schedule = BatchSchedule(samples: 103, batch: 20, seed: 4)
        let order = schedule.order(ofEpoch: epoch)
        #expect(order.rows.sorted() == Array(0..<103))
        #expect(schedule.stepsPerEpoch == 5)
        let visited = (0..<5).flatMap { Array(schedule.batch($0, in: order)) }
        #expect(visited == Array(order.rows.prefix(100)))
    }

    @Test("Different epochs and seeds have different orders, and equal ones the same")
    func seeds() {
        let schedule = BatchSchedule(samples: 50, batch: 10, seed: 4)
        let order = schedule.order(ofEpoch: 0).rows
        #expect(order == BatchSchedule(samples: 50, batch: 25, seed: 4).order(ofEpoch: 0).rows)
        #expect(order != schedule.order(ofEpoch: 1).rows)
        #expect(order != BatchSchedule(samples: 50, batch: 10, seed: 5).order(ofEpoch: 0).rows)
    }

    @Test("A task smaller than a batch has one batch of all its samples")
    func small() {
        let schedule = BatchSchedule(samples: 7, batch: 256, seed: 0)
        #expect(schedule.stepsPerEpoch == 1)
        #expect(schedule.batch(0, in: schedule.order(ofEpoch: 3)).count == 7)
        #expect(schedule.epoch(3, step: 0) == 3)
    }

    @Test("A small task goes through its rows as often as a least number of steps takes")
    func leastSteps() {
        let schedule = BatchSchedule(samples: 50, batch: 20, atLeast: 7, seed: 4)
        #expect(schedule.stepsPerEpoch == 7)
        let order = schedule.order(ofEpoch: 1)
        let visited = (0..<7).flatMap { Array(schedule.batch($0, in: order)) }
        #expect((0..<50).allSatisfy { row in (2...3).contains(visited.count { $0 == row }) })
        #expect(Set(visited.prefix(50)).count == 50)
        #expect(abs(schedule.rounds - 140.0 / 50) < 1e-12)
        let enough = BatchSchedule(samples: 500, batch: 20, atLeast: 7, seed: 4)
        #expect(enough.order(ofEpoch: 3).rows == BatchSchedule(samples: 500, batch: 20, seed: 4).order(ofEpoch: 3).rows)
    }

    @Test("Chunks have as many heads as fit, in order, and at least one")
    func chunks() {
        let plan = ChunkPlan(extents: [4, 4, 4, 9, 1, 1], limit: 8)
        #expect(plan.chunks == [0..<2, 2..<3, 3..<4, 4..<6])
        #expect(plan.extent == 9)
        #expect(ChunkPlan(extents: [], limit: 8).chunks.isEmpty)
        #expect(ChunkPlan(extents: [1, 2, 3], limit: -5).chunks.count == 3)
    }

    @Test("Groups stay together if pairs are compared within them, and every row is visited once")
    func groups() {
        let groups = (0..<90).map { Int32($0 * 7 % 13) }
        let schedule = BatchSchedule(samples: 90, batch: 30, seed: 4, groups: groups)
        let order = schedule.order(ofEpoch: 2).rows
        #expect(order.sorted() == Array(0..<90))
        let runs = zip(order, order.dropFirst()).count { groups[$0] != groups[$1] } + 1
        #expect(runs == Set(groups).count)
        #expect(order != schedule.order(ofEpoch: 3).rows)
    }

    @Test("Drawn rows are visited repeatedly, to take as many steps as with the whole task")
    func drawn() {
        let rows = [3, 8, 11, 40, 77]
        let schedule = BatchSchedule(samples: 100, batch: 4, seed: 4, drawn: rows)
        #expect(schedule.stepsPerEpoch == 25 && schedule.size == 4)
        let order = schedule.order(ofEpoch: 0)
        #expect(order.rows.count == 100)
        for row in rows { #expect(order.rows.count { $0 == row } == 20) }
        #expect(Set(schedule.batch(24, in: order)).isSubset(of: rows))
        #expect(order.rows != schedule.order(ofEpoch: 1).rows)
    }

    @Test("With blocks, a window has the rows of some whole blocks, and an epoch every row once", arguments: [0, 1, 5])
    func blocks(_ epoch: Int) {
        let shuffle = BlockShuffle(block: 8, window: 3)
        let schedule = BatchSchedule(samples: 203, batch: 20, seed: 4, shuffle: shuffle)
        let order = schedule.order(ofEpoch: epoch)
        #expect(schedule.stepsPerEpoch == 10)
        #expect(order.rows.sorted() == Array(0..<203))
        #expect(order.windows.count == 9 && order.windows.first?.lowerBound == 0)
        #expect(zip(order.windows, order.windows.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        for window in order.windows {
            let rows = order.rows[window]
            #expect(Set(rows.map { $0 / 8 }).count <= 3)
            #expect(rows.sorted() != Array(rows), "rows of a window are mixed")
        }
        #expect(order.rows == schedule.order(ofEpoch: epoch).rows)
        #expect(order.rows != schedule.order(ofEpoch: epoch + 1).rows)
        let other = BatchSchedule(samples: 203, batch: 20, seed: 5, shuffle: shuffle)
        #expect(order.rows != other.order(ofEpoch: epoch).rows)
    }

    @Test("With blocks, groups stay together and drawn rows are visited as often as without")
    func blocksOfParts() {
        let shuffle = BlockShuffle(block: 10, window: 2)
        let groups = (0..<90).map { Int32($0 / 4) }
        let grouped = BatchSchedule(samples: 90, batch: 30, seed: 4, groups: groups, shuffle: shuffle).order(ofEpoch: 2)
        #expect(grouped.rows.sorted() == Array(0..<90))
        let runs = zip(grouped.rows, grouped.rows.dropFirst()).count { groups[$0] != groups[$1] } + 1
        #expect(runs == Set(groups).count)
        let rows = Array(stride(from: 0, to: 100, by: 4))
        let drawn = BatchSchedule(samples: 100, batch: 20, seed: 4, drawn: rows, shuffle: shuffle).order(ofEpoch: 0)
        #expect(drawn.rows.count == 100)
        for row in rows { #expect(drawn.rows.count { $0 == row } == 4) }
        #expect(drawn.windows.last?.upperBound == 100)
    }
}
