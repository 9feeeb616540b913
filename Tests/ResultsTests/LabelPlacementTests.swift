import Testing

@testable import Results

@Suite("Labels beside points")
struct LabelPlacementTests {
    /// Up to 24 points, some of them close together, in a panel of a page, and labels of two to nine letters.
    private struct Sample {
        static let frame = Box(left: 0, right: 200, top: 0, bottom: 130)
        var labels: [LabelPlacement.Label] = []
        var markers: [Box] = []
        var lines: [Box] = []

        init(seed: UInt64) {
            var generator = Shuffler(state: seed)
            func next() -> Double { Double.random(in: 0..<1, using: &generator) }
            var last = (x: 100.0, y: 65.0)
            for _ in 0..<(6 + Int(19 * next())) {
                let isNear = next() < 0.4
                let x = isNear ? last.x + 8 * next() - 4 : 6 + 188 * next()
                let y = isNear ? last.y + 8 * next() - 4 : 6 + 118 * next()
                last = (min(max(x, 4), 196), min(max(y, 4), 126))
                let text = String(repeating: "a", count: 2 + Int(8 * next()))
                labels.append(
                    LabelPlacement.Label(
                        x: last.x, y: last.y, width: FontMetrics.width(of: text, size: 6.5), height: 6.5))
                markers.append(Box(around: last, width: 5, height: 5))
                lines.append(Box(around: last, width: 1, height: 20))
            }
        }

        func placed() -> [LabelPlacement.Place?] {
            LabelPlacement(labels, obstacles: markers, lines: lines, frame: Self.frame).places
        }
    }

    @Test("never overlap, never cover a point and stay within the frame", arguments: 0..<50 as Range<UInt64>)
    func noOverlap(_ seed: UInt64) {
        let sample = Sample(seed: seed)
        let places = sample.placed()
        let boxes = places.compactMap { $0?.box }
        #expect(boxes.count == sample.labels.count, "every label has room")
        for (index, box) in boxes.enumerated() {
            #expect(Sample.frame.contains(box))
            #expect(!sample.markers.contains(where: box.overlaps))
            #expect(!boxes[(index + 1)...].contains(where: box.overlaps))
        }
    }

    @Test("have the same places each time")
    func deterministic() {
        let sample = Sample(seed: 7)
        let (first, second) = (sample.placed(), sample.placed())
        for (one, other) in zip(first, second) {
            #expect(one?.box.left == other?.box.left && one?.box.top == other?.box.top)
        }
    }

    @Test("of points far from each other stand beside them, without leader lines")
    func alone() {
        let labels = [(40.0, 40.0), (120, 90)].map { LabelPlacement.Label(x: $0.0, y: $0.1, width: 20, height: 7) }
        let markers = labels.map { Box(around: ($0.x, $0.y), width: 5, height: 5) }
        let places = LabelPlacement(labels, obstacles: markers, lines: [], frame: Sample.frame).places
        for (label, place) in zip(labels, places) {
            #expect(place?.leader == nil)
            #expect(place?.box.left ?? 0 > label.x)
        }
    }

    @Test("that stand far from their points have leader lines that end in them")
    func leaders() throws {
        // Twelve points in a cluster: there is no room beside all of them.
        let labels = (0..<12).map {
            LabelPlacement.Label(x: 100 + Double($0 % 4) * 3, y: 60 + Double($0 / 4) * 3, width: 24, height: 7)
        }
        let markers = labels.map { Box(around: ($0.x, $0.y), width: 5, height: 5) }
        let places = LabelPlacement(labels, obstacles: markers, lines: [], frame: Sample.frame).places
        let leaders = zip(labels, places).compactMap { label, place in place?.leader.map { (label, $0) } }
        #expect(!leaders.isEmpty)
        for (label, leader) in leaders { #expect(leader.to.x == label.x && leader.to.y == label.y) }
    }

    @Test("that could only lie on another point's interval have a leader to their own")
    func intervals() {
        let label = LabelPlacement.Label(x: 20, y: 20, width: 30, height: 7)
        let markers = [Box(around: (20, 20), width: 5, height: 5), Box(around: (45, 60), width: 5, height: 5)]
        let interval = Box(left: 44.5, right: 45.5, top: 5, bottom: 75)
        // Room for a row of labels right of the point, where the interval passes.
        let frame = Box(left: 22.5, right: 56, top: 14, bottom: 26)
        func place(_ intervals: [Box]) -> LabelPlacement.Place? {
            LabelPlacement([label], obstacles: markers, lines: [], intervals: intervals, frame: frame).places[0]
        }
        #expect(place([])?.leader == nil && place([]) != nil)
        #expect(place([interval])?.leader != nil)
        let own = Box(left: 19.5, right: 20.5, top: 5, bottom: 35)
        #expect(place([own])?.leader == nil)
    }

    @Test("stand farther off rather than behind another point")
    func passing() throws {
        let label = LabelPlacement.Label(x: 100, y: 60, width: 24, height: 7)
        // On the right another point; on the left, farther off, room that the leader reaches below an obstacle.
        let markers = [
            Box(around: (100, 60), width: 5, height: 5), Box(around: (108, 60), width: 5, height: 5),
            Box(left: 80, right: 95, top: 52.5, bottom: 57.5),
        ]
        let frame = Box(left: 40, right: 200, top: 56, bottom: 64)
        let place = try #require(LabelPlacement([label], obstacles: markers, lines: [], frame: frame).places[0])
        #expect(place.box.right <= 80 && place.leader != nil)
    }

    @Test("without any room are left out")
    func noRoom() {
        let label = LabelPlacement.Label(x: 5, y: 5, width: 30, height: 7)
        let frame = Box(left: 0, right: 20, top: 0, bottom: 20)
        #expect(LabelPlacement([label], obstacles: [], lines: [], frame: frame).places.allSatisfy { $0 == nil })
    }

    @Test("are as wide as Helvetica's letters")
    func metrics() {
        // The advances of Adobe's metrics file: W 944, i 222, 1 556.
        #expect(FontMetrics.width(of: "Wi1", size: 1000) == 944 + 222 + 556)
        #expect(FontMetrics.width(of: "P₁", size: 1000) == 667 + 0.7 * 556)
    }
}
