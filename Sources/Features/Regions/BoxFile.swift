import Foundation

/// `boxes.jsonl`: the boxes of one sample a line, in any order; samples without a line have none.
///
/// ```json
/// {"sample": "images/birds/17.jpg", "boxes": [[0.12, 0.2, 0.55, 0.9]]}
/// ```
enum BoxFile {
    private struct Line: Decodable {
        let sample: String
        /// x0, y0, x1, y1 each.
        let boxes: [[Double]]
    }

    /// - Parameter ids: Of the set's samples, in order.
    /// - Returns: The boxes of each sample that has some, by its place.
    static func read(_ path: String, ids: [String]) throws(FeatureError) -> [Int: [ObjectBox]] {
        let placeOfID = Dictionary(zip(ids, ids.indices), uniquingKeysWith: { first, _ in first })
        var boxes: [Int: [ObjectBox]] = [:]
        for (index, text) in try TextFile.lines(of: path).enumerated() {
            let (field, line) = ("line \(index + 1)", try JSONFile.line(Line.self, text, number: index + 1, of: path))
            guard let place = placeOfID[line.sample] else {
                throw FeatureError(
                    file: path, field: "\(field), sample", found: "the id \"\(line.sample)\", which no sample has",
                    expected: "an id of the set, or a position where it has no ids",
                    remedy: "Name the samples of ids.txt, or leave the line out.")
            }
            guard boxes[place] == nil else {
                throw FeatureError(
                    file: path, field: "\(field), sample", found: "the id \"\(line.sample)\" a second time",
                    expected: "one line a sample", remedy: "Put all boxes of a sample into one line.")
            }
            boxes[place] = try line.boxes.enumerated().map { (number, edges) throws(FeatureError) in
                try box(edges, "\(field), boxes[\(number)]", path)
            }
        }
        return boxes.filter { !$0.value.isEmpty }
    }

    private static func box(_ edges: [Double], _ field: String, _ path: String) throws(FeatureError) -> ObjectBox {
        guard edges.count == 4, let box = ObjectBox(x0: edges[0], y0: edges[1], x1: edges[2], y1: edges[3]) else {
            throw FeatureError(
                file: path, field: field, found: "\(edges)",
                expected: "[x0, y0, x1, y1] with x0 < x1 and y0 < y1, as shares from 0 to 1",
                remedy: "Divide pixels by the width and height of what the token grid covers, and cut boxes to it.")
        }
        return box
    }
}
