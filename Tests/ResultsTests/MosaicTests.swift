import Foundation
import TestKit
import Testing

@testable import Results

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("Mosaics of maps")
struct MosaicTests {
    /// A PNG of one grey pixel.
    private static let pixel = Data(
        base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")!

    private static let grounds: [Mosaic.Ground] = [
        .grid(rows: 2, columns: 3), .texts, .line(seconds: 0.02), .line(seconds: nil),
    ]

    private static func mosaic(_ ground: Mosaic.Ground, picture: String? = nil, id: String = "a") -> Mosaic {
        let maps = [[0.1, 0.5, 0.05, 0.05, 0.1, 0.1], [0.25, 0.25, 0.125, 0.125, 0.125, 0.125]]
        let texts = ground == .texts ? ["[CLS]", "in", "##cur", "##ring", "liability", "[SEP]"] : []
        let samples = ["b", id].map {
            Mosaic.Sample(
                id: $0, className: "shoe", picture: picture, texts: texts, maps: maps, elsewhere: [0.1, 0])
        }
        return Mosaic(
            ground: ground, predictors: [.init(number: 3, worth: 1.25), .init(number: 0, worth: nil)], count: 4,
            samples: samples, title: PanelTitle(name: "vit-small", ending: ", layer 8"),
            subtitle: "efficient 4 queries, class, test fold 0.0", metric: "top-1 in points")
    }

    private static func svg(_ mosaic: Mosaic) -> String { MosaicFigure(mosaic, layout: FigureLayout()).svg() }

    @Test("match the approved output", arguments: zip(grounds, ["grid", "texts", "seconds", "tokens"]))
    func golden(_ ground: Mosaic.Ground, _ name: String) throws {
        try expectGolden(Self.svg(Self.mosaic(ground)), "mosaic-\(name).svg")
    }

    @Test("colour the token of the largest weight fully, and others by their share of it")
    func colours() {
        let svg = Self.svg(Self.mosaic(.line(seconds: nil)))
        let full = FigureLayout.Style.screen.colours[0]
        // In two samples: one token of the first map, two of the second.
        #expect(svg.components(separatedBy: "fill=\"\(full)\"/>").count - 1 == 2 * (1 + 2))
        let half = Drawing.mixed("#ffffff", full, 0.5)
        #expect(svg.components(separatedBy: "fill=\"\(half)\"/>").count - 1 == 2 * 4)
        #expect(
            Drawing.mixed("#000000", "#ffffff", 0) == "#000000" && Drawing.mixed("#000000", "#ff8000", 1) == "#ff8000")
    }

    @Test("are well-formed and need no other file, whatever samples are called", arguments: grounds)
    func wellFormed(_ ground: Mosaic.Ground) throws {
        let picture = ground.isGrid ? "data:image/png;base64,\(Self.pixel.base64EncodedString())" : nil
        let svg = Self.svg(Self.mosaic(ground, picture: picture, id: "<a href=\"x\"> & \u{1B}[2J"))
        let parser = XMLParser(data: Data(svg.utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        let sources = svg.matches(of: /<image [^>]*href="([^"]*)"/).map { $0.output.1 }
        #expect(sources.allSatisfy { $0.hasPrefix("data:image/png;base64,") })
        // The picture alone, and below each of two maps.
        #expect(sources.count == (ground.isGrid ? 2 * 3 : 0))
        #expect(svg.matches(of: /https?:/).count == 1, "the name space alone")
    }

    @Test(
        "of more maps than fit beside one another go on below, and every map is drawn inside of the figure",
        arguments: [1, 10, 27, 28, 46, 109, 200], FigureLayout.Width.allCases)
    func wide(_ count: Int, _ width: FigureLayout.Width) throws {
        let maps = (0..<count).map { _ in [0.5, 0.2, 0.1, 0.1, 0.05, 0.05] }
        let picture = "data:image/png;base64,\(Self.pixel.base64EncodedString())"
        for picture in [nil, picture] {
            let sample = Mosaic.Sample(
                id: "a", className: nil, picture: picture, texts: [], maps: maps,
                elsewhere: Array(repeating: 0.1, count: count))
            let mosaic = Mosaic(
                ground: .grid(rows: 2, columns: 3),
                predictors: (0..<count).map { Mosaic.Predictor(number: $0, worth: 1) }, count: count,
                samples: [sample], title: PanelTitle(name: "vit-small", ending: ", layer 8"), subtitle: "",
                metric: "top-1")
            let svg = MosaicFigure(mosaic, layout: FigureLayout(width: width)).svg()
            #expect(svg.components(separatedBy: ">10 %<").count - 1 == count)
            let boxes = svg.matches(of: /\sx="([-0-9.]+)" y="[-0-9.]+" width="([-0-9.]+)"/).compactMap { match in
                Double(match.1).flatMap { left in Double(match.2).map { (left, left + $0) } }
            }
            #expect(boxes.count > count)
            #expect(boxes.allSatisfy { $0.0 >= 0 && $0.1 > $0.0 && $0.1 <= width.points + 0.01 })
        }
    }

    @Test("say which maps they show, and how much weight lies where there is no place for it")
    func notes() {
        let svg = Self.svg(Self.mosaic(.grid(rows: 2, columns: 3)))
        #expect(svg.contains("The 2 of 4 maps of greatest worth, in the order of worth: Δ top-1 in points"))
        #expect(svg.contains(">10 %<") && svg.contains("weight on tokens without a place"))
        #expect(svg.contains(">map 3<") && svg.contains(">Δ 1.25<") && svg.contains(">Δ –<"))
        #expect(!Self.svg(Self.mosaic(.texts)).contains("without a place"))
    }

    @Test("find pictures by the set's path or by id, and never outside of the folder")
    func pictures() throws {
        let folder = try TemporaryFolder()
        let images = folder.file("images")
        try FileManager.default.createDirectory(at: images.appending(path: "deep"), withIntermediateDirectories: true)
        for name in ["one.png", "deep/two.jpg", "../outside.png"] {
            try Self.pixel.write(to: images.appending(path: name))
        }
        try Data("text".utf8).write(to: images.appending(path: "three.png"))
        let expected = "data:image/png;base64,\(Self.pixel.base64EncodedString())"
        #expect(try SamplePictures.dataURI(of: "one", file: nil, in: images.path) == expected)
        #expect(try SamplePictures.dataURI(of: "x", file: "deep/two.jpg", in: images.path) == expected)
        func expectError(_ words: String, _ id: String, _ file: String?) {
            #expect {
                try SamplePictures.dataURI(of: id, file: file, in: images.path)
            } throws: {
                "\($0)".contains(words)
            }
        }
        expectError("There is no picture of sample ../outside", "../outside", nil)
        expectError("There is no picture of sample x", "x", "../outside.png")
        expectError("four.png", "four", nil)
        expectError("three.png is neither a PNG nor a JPEG", "three", nil)
    }
}

@Suite("Samples to show")
struct SampleChoiceTests {
    private static let names = (0..<10).map { "id\($0)" }

    @Test("are drawn, each once and the same each time, named, or all")
    func choices() throws {
        let tested = [9, 1, 5, 3]
        func chosen(_ choice: SampleChoice) throws -> [Int] {
            try choice.samples(of: tested, names: Self.names, unit: "u")
        }
        #expect(try chosen(.all) == tested)
        let drawn = try chosen(.count(3))
        #expect(try Set(drawn).count == 3 && Set(drawn).isSubset(of: tested) && chosen(.count(3)) == drawn)
        #expect(try Set(chosen(.count(99))) == Set(tested))
        #expect(try chosen(.ids(["id5", "id9"])) == [5, 9])
        #expect(throws: AttentionPictureError.notTested(sample: "id2", unit: "u", examples: ["id9", "id1", "id5"])) {
            try chosen(.ids(["id5", "id2"]))
        }
    }

    @Test("are a number where a single one is given, else ids")
    func words() {
        #expect(SampleChoice(["3"], otherwise: .all) == .count(3))
        #expect(SampleChoice(["3", "4"], otherwise: .all) == .ids(["3", "4"]))
        #expect(SampleChoice(["a"], otherwise: .all) == .ids(["a"]))
        #expect(SampleChoice([], otherwise: .count(4)) == .count(4))
    }
}
