import Testing

@testable import Training

@Suite("Batches")
struct BatchScheduleTests {
    @Test("An epoch visits every sample at most once, and all but the last incomplete batch", arguments: [0, 1, 9])
    func coverage(_ epoch: Int) {
        let schedule = BatchSchedule(samples: 103, batch: 20, seed: 4)
        let order = schedule.order(ofEpoch: epoch)
        #expect(order.sorted() == Array(0..<103))
        #expect(schedule.stepsPerEpoch == 5)
        let visited = (0..<5).flatMap { Array(schedule.batch($0, in: order)) }
        #expect(visited == Array(order.prefix(100)))
    }

    @Test("Epochs and seeds differ in order, and equal ones do not")
    func seeds() {
        let schedule = BatchSchedule(samples: 50, batch: 10, seed: 4)
        #expect(schedule.order(ofEpoch: 0) == BatchSchedule(samples: 50, batch: 25, seed: 4).order(ofEpoch: 0))
        #expect(schedule.order(ofEpoch: 0) != schedule.order(ofEpoch: 1))
        #expect(schedule.order(ofEpoch: 0) != BatchSchedule(samples: 50, batch: 10, seed: 5).order(ofEpoch: 0))
    }

    @Test("A task smaller than a batch has one batch of all its samples")
    func small() {
        let schedule = BatchSchedule(samples: 7, batch: 256, seed: 0)
        #expect(schedule.stepsPerEpoch == 1)
        #expect(schedule.batch(0, in: schedule.order(ofEpoch: 3)).count == 7)
        #expect(schedule.epoch(3, step: 0) == 3)
    }

    @Test("Chunks hold as much as fits, in order, and at least one head each")
    func chunks() {
        let plan = ChunkPlan(extents: [4, 4, 4, 9, 1, 1], limit: 8)
        #expect(plan.chunks == [0..<2, 2..<3, 3..<4, 4..<6])
        #expect(plan.extent == 9)
        #expect(ChunkPlan(extents: [], limit: 8).chunks.isEmpty)
        #expect(ChunkPlan(extents: [1, 2, 3], limit: -5).chunks.count == 3)
    }
}
