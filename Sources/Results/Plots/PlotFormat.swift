import Foundation

/// The formats that plots can be written in, by the extension of the file.
package enum PlotFormat: String, CaseIterable, Sendable {
    case svg, pdf, png

    /// - Throws: ``UnknownPlotFormat`` for any other extension, or none.
    package init(path: String) throws(UnknownPlotFormat) {
        let ending = URL(filePath: path).pathExtension.lowercased()
        guard let format = PlotFormat(rawValue: ending) else { throw UnknownPlotFormat(path: path) }
        self = format
    }
}

/// A plot was asked for in a format that none can be written in.
package struct UnknownPlotFormat: Error, Equatable, CustomStringConvertible {
    package let path: String

    package var description: String {
        let endings = PlotFormat.allCases.map { "." + $0.rawValue }.joined(separator: ", ")
        return "\(path) has no extension of a format that plots can be written in; give a name that ends in \(endings)"
    }
}
