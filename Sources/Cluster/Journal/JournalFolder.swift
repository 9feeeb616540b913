import Foundation

/// The segments of a journal, named by numbers that only grow.
struct JournalFolder: Sendable {
    struct Segment: Sendable, Equatable {
        let number: Int
        let path: String

        var name: String { path.split(separator: "/").last.map(String.init) ?? path }
        var bytes: Int {
            var status = stat()
            return stat(path, &status) == 0 ? Int(status.st_size) : 0
        }
    }

    let path: String
    private static let ending = ".journal"

    /// The oldest first.
    func segments() -> [Segment] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.compactMap { name in
            guard name.hasSuffix(Self.ending), let number = Int(name.dropLast(Self.ending.count)) else { return nil }
            return Segment(number: number, path: path + "/" + name)
        }.sorted { $0.number < $1.number }
    }

    /// The segment after the last one.
    func next() -> Segment {
        let number = (segments().last?.number ?? 0) + 1
        let digits = String(number)
        let name = String(repeating: "0", count: max(0, 8 - digits.count)) + digits + Self.ending
        return Segment(number: number, path: path + "/" + name)
    }

    /// A coordinator in a crash loop leaves many short segments behind.
    static let limit = 1_000

    /// Removes the oldest segments until those before the newest fit in so many bytes. One of them always stays, so
    /// that an incident is not evicted by what was written just after it.
    func prune(to bytes: Int) {
        var older = Array(segments().dropLast())
        var total = older.reduce(0) { $0 + $1.bytes }
        while older.count > 1, total > bytes || older.count >= Self.limit {
            let oldest = older.removeFirst()
            total -= oldest.bytes
            unlink(oldest.path)
        }
    }
}
