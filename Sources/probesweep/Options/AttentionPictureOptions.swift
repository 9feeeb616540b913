import ArgumentParser
import Ledger
import Results

/// What `attend` writes into files beside its tables.
struct AttentionPictureOptions: ParsableArguments {
    @Option(help: "Draw each predictor's worth against a quality of its maps into this file: .svg, .pdf or .png.")
    var figure: String?

    @Option(
        help: """
            With --figure, the quality: \(WorthQuality.allValueStrings.joined(separator: ", ")); may be repeated. \
            (default: entropy)
            """)
    var against: [WorthQuality] = []

    @Option(help: "Write the maps of one head's test fold into this safetensors file.")
    var maps: String?

    @Option(help: "Draw maps of samples by predictors into this file: .svg, .pdf or .png.")
    var mosaic: String?

    @Option(
        help: "With --maps and --mosaic, the head: the beginning of a unit's key. (default: the first fold of the row)")
    var unit: String?

    @Option(
        parsing: .upToNextOption,
        help: """
            With --maps and --mosaic: ids of samples of the test fold, or a number of them, which are drawn. (default: all \
            with --maps, 4 with --mosaic)
            """)
    var samples: [String] = []

    @Option(help: "With --mosaic, the most predictors to show, those of greatest worth first. (default: 10)")
    var predictors: Int?

    @Option(
        help: """
            With --mosaic, the folder of the samples' PNG or JPEG pictures: by the paths in the set's list of files, else by \
            id. Without it maps lie over their grid alone.
            """)
    var images: String?

    @Option(help: "With --figure and --mosaic: column (3.5 inches) or page (7 inches). (default: page)")
    var width: FigureLayout.Width?

    @Option(help: "With --figure and --mosaic: screen, or print for dark colours without a grid. (default: screen)")
    var style: FigureLayout.Style?

    /// Whether maps of one head are asked for.
    var areOfOneHead: Bool { maps != nil || mosaic != nil }

    func validate() throws {
        guard figure == nil || !areOfOneHead else {
            throw ValidationError("--figure is of all selected heads, --maps and --mosaic of one: give them in turn.")
        }
        guard against.isEmpty || figure != nil else { throw ValidationError("--against is for --figure.") }
        guard unit == nil && samples.isEmpty || areOfOneHead else {
            throw ValidationError("--unit and --samples are for --maps and --mosaic.")
        }
        guard predictors == nil && images == nil || mosaic != nil else {
            throw ValidationError("--predictors and --images are for --mosaic.")
        }
        guard width == nil && style == nil || figure != nil || mosaic != nil else {
            throw ValidationError("--width and --style are for --figure and --mosaic.")
        }
        if let predictors, predictors < 1 {
            throw ValidationError("--predictors must be at least 1, not \(predictors).")
        }
        for (option, path) in [("--figure", figure), ("--mosaic", mosaic)] {
            guard let path else { continue }
            do {
                _ = try PlotFormat(path: path)
            } catch {
                throw ValidationError("\(option): \(error).")
            }
        }
    }

    /// Draws what was found of heads, where that is asked for.
    func draw(_ found: [UnitAttention], of table: @autoclosure () throws -> ResultTable) throws {
        guard let figure else { return }
        let qualities = against.isEmpty ? [.entropy] : against
        try FigureFile.write(
            WorthFigure(found, of: try table(), against: qualities, layout: layout).svg(), to: figure)
    }

    /// Trains one head again, and writes and draws its maps.
    ///
    /// - Returns: What was found of it.
    func readMaps(
        _ sweep: String, _ selection: RowSelection, in ledger: any SweepReader, settings: HeadExport.Settings
    ) throws -> UnitAttention {
        let reading = try MapReading(sweep, selection, unit: unit, in: ledger, settings: settings) {
            Exit.complain("training unit \($0)")
        }
        if let maps { try reading.writeMaps(of: SampleChoice(samples, otherwise: .all), to: maps) }
        if let mosaic {
            let svg = try reading.mosaic(
                of: SampleChoice(samples, otherwise: .count(4)), most: predictors ?? 10, images: images, layout: layout)
            try FigureFile.write(svg, to: mosaic)
        }
        return reading.findings
    }

    private var layout: FigureLayout { FigureLayout(width: width ?? .page, style: style ?? .screen) }
}

extension WorthQuality: ExpressibleByArgument {
    /// As tables call it, with hyphens too; `localisation` is the mass lift.
    public init?(argument: String) {
        self.init(rawValue: argument == "localisation" ? "mass_lift" : argument.replacing("-", with: "_"))
    }
}
