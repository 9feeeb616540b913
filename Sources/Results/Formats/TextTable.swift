import Identities

/// Cells in aligned columns.
package struct TextTable {
    package struct Column {
        let title: String
        let isLeft: Bool
        /// Columns with a rank are left out where the table is too wide, the highest first.
        var rank: Int?
        /// Characters that a last column must have room for where lines are cut to the terminal's width; with less it is
        /// left out. Nil for as many as it has.
        var least: Int?

        package static func left(_ title: String, rank: Int? = nil, least: Int? = nil) -> Column {
            Column(title: title, isLeft: true, rank: rank, least: least)
        }

        package static func right(_ title: String, rank: Int? = nil) -> Column {
            Column(title: title, isLeft: false, rank: rank)
        }
    }

    let columns: [Column]
    let rows: [[String]]
    /// Spaces between columns.
    var gap = 1

    package init(columns: [Column], rows: [[String]], gap: Int = 1) {
        self.columns = columns
        self.rows = rows.map { $0.map(\.printable) }
        self.gap = gap
    }

    /// One line for the titles, if there are any, and one for each row, columns as wide as their widest cell, no space at
    /// the end of a line.
    package func text(indent: Int = 0) -> String {
        let titles = columns.map(\.title)
        let lines = (titles.allSatisfy(\.isEmpty) ? [] : [titles]) + rows
        let widths = widths
        return lines.map { cells in
            let padded = columns.indices.map { index in
                let space = String(repeating: " ", count: widths[index] - cells[index].count)
                return columns[index].isLeft ? cells[index] + space : space + cells[index]
            }
            let line =
                String(repeating: " ", count: indent) + padded.joined(separator: String(repeating: " ", count: gap))
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }

    /// The table without columns that have nothing in any row, without those of rank for which there is no room, and
    /// without a last column of which too little would be left.
    package func fitted(to width: Int?) -> TextTable {
        var kept = columns.indices.filter { index in
            columns[index].rank == nil || rows.contains { !$0[index].isEmpty }
        }
        let widths = widths
        func needed(_ index: Int) -> Int { min(widths[index], columns[index].least ?? .max) }
        func total() -> Int { kept.reduce(-gap) { $0 + needed($1) + gap } }
        while let width, total() > width,
            let least = kept.filter({ columns[$0].rank != nil }).max(by: {
                columns[$0].rank ?? 0 < columns[$1].rank ?? 0
            })
        {
            kept.removeAll { $0 == least }
        }
        if let width, total() > width { kept.removeAll { columns[$0].least != nil } }
        return TextTable(columns: kept.map { columns[$0] }, rows: rows.map { row in kept.map { row[$0] } }, gap: gap)
    }

    private var widths: [Int] {
        columns.indices.map { index in
            max(columns[index].title.count, rows.map { $0[index].count }.max() ?? 0)
        }
    }
}
