import Identities

/// Cells in aligned columns.
struct TextTable {
    struct Column {
        let title: String
        let isLeft: Bool

        static func left(_ title: String) -> Column { Column(title: title, isLeft: true) }
        static func right(_ title: String) -> Column { Column(title: title, isLeft: false) }
    }

    let columns: [Column]
    let rows: [[String]]

    /// One line for the titles and one for each row, columns as wide as their widest cell, no space at the end of a
    /// line.
    func text(indent: Int = 0) -> String {
        let rows = rows.map { $0.map(\.printable) }
        let widths = columns.indices.map { index in
            max(columns[index].title.count, rows.map { $0[index].count }.max() ?? 0)
        }
        let lines = ([columns.map(\.title)] + rows).map { cells in
            let padded = columns.indices.map { index in
                let space = String(repeating: " ", count: widths[index] - cells[index].count)
                return columns[index].isLeft ? cells[index] + space : space + cells[index]
            }
            let line = String(repeating: " ", count: indent) + padded.joined(separator: " ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }
        return lines.joined()
    }
}
