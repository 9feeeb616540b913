import Foundation
import TestKit
import Testing

@Suite("The features command")
struct FeaturesCommandTests {
    /// A set in the folder `s`.
    private func set(in folder: TemporaryFolder) throws {
        try NumpyFile.write(shape: [4, 2], to: folder.file("x.npy")) { Float($0) }
        try "a\r\nb\r\nc\r\nd\r\n".write(to: folder.file("ids.txt"), atomically: true, encoding: .utf8)
        try "id,size,seen,tags\nd, 3 ,0,x;y\na,5,1,y\nc,,1,\nb,3,0,X\n"
            .write(to: folder.file("t.csv"), atomically: true, encoding: .utf8)
        let made = try Program.run(
            "features", "import", "s", "--name", "set", "--backbone", "none", "--layer", "0=x.npy", "--ids",
            "ids.txt",
            in: folder.url)
        #expect(made.status == 0, "\(made.errors)")
    }

    @Test("Several tasks come from one table, each with options of its own, and what was understood is printed")
    func imports() throws {
        let folder = try TemporaryFolder()
        try set(in: folder)
        let arguments = [
            "features", "import", "s", "--labels", "t.csv", "--task", "size=size", "--task", "seen=seen", "--task",
            "tags=tags", "--separator", "tags=;", "--kind", "seen=binary",
        ]
        let asked = try Program(arguments, in: folder.url).outcome()
        #expect(asked.status == 1)
        #expect(asked.errors.contains("--labels-as names or --labels-as indices"), "\(asked.errors)")
        let done = try Program(arguments + ["--labels-as", "size=names"], in: folder.url).outcome()
        #expect(done.status == 0, "\(done.errors)")
        #expect(done.output.contains("3 rows, matched to samples by id; 1 without a label left out"), "\(done.output)")
        #expect(done.output.contains("\"X\" and \"x\" are different classes"), "\(done.output)")
        let unknown = try Program(arguments + ["--metric", "colour=top1"], in: folder.url).outcome()
        #expect(unknown.status == 2)
    }

    @Test("A task is removed by its name, and a set needs a layer")
    func removes() throws {
        let folder = try TemporaryFolder()
        try set(in: folder)
        let imported = try Program.run(
            "features", "import", "s", "--labels", "t.csv", "--task", "seen=seen", "--format", "json", in: folder.url)
        #expect(imported.output.contains("\"imported\""), "\(imported.output)")
        #expect(try Program.run("features", "remove", "s", "--layer", "0", in: folder.url).status == 1)
        let removed = try Program.run("features", "remove", "s", "--task", "seen", in: folder.url)
        #expect(removed.status == 0 && removed.output.contains("no tasks"), "\(removed.errors)")
        #expect(try Program.run("features", "remove", "s", "--task", "seen", in: folder.url).status == 1)
    }

    private static let hdf5 = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/hdf5").path

    private static let hasHDF5 = ["libhdf5_serial.so.103", "libhdf5.so.103"].contains { (name: String) in
        dlopen(name, RTLD_NOW).map { dlclose($0) } != nil
    }

    @Test("Layers of files that differ in the index and slides of one file each are imported, labelled by file name")
    func importsPatterns() throws {
        let folder = try TemporaryFolder()
        for layer in [2, 11] {
            try NumpyFile.write(shape: [4, 2], to: folder.file("birds.layer\(layer).npy")) { Float($0 + layer) }
        }
        let birds = try Program.run(
            "features", "import", "birds", "--name", "birds", "--backbone", "none", "--layers", "birds.layer*.npy",
            "--layer", "0:patches=birds.layer2.npy", in: folder.url)
        #expect(birds.status == 0 && birds.errors.isEmpty, "\(birds.errors)")
        #expect(birds.output.contains("layer 11") && birds.output.contains("patches"), "\(birds.output)")
        for (name, tokens) in [("a", 3), ("b", 1)] {
            try NumpyFile.write(shape: [tokens, 2], to: folder.file("\(name).slide.npy")) { Float($0) }
        }
        try "slide,patient,label,stage\nb.slide,p,x,2\na.slide,p,y,1\n"
            .write(to: folder.file("t.csv"), atomically: true, encoding: .utf8)
        let slides = try Program.run(
            "features", "import", "slides", "--name", "slides", "--backbone", "none", "--layer", "0=*.slide.npy",
            "--labels", "t.csv", "--task", "kind=label", "--task", "stage=stage", "--labels-as", "stage=names",
            "--id-column", "slide", "--group-column", "patient", in: folder.url)
        #expect(slides.status == 0, "\(slides.errors)")
        #expect(slides.output.contains("2 rows, matched to samples by id"), "\(slides.output)")
        #expect(slides.output.contains("1 group"), "\(slides.output)")
        let unknown = try Program.run(
            "features", "import", "slides", "--labels", "t.csv", "--id-column", "slides", in: folder.url)
        #expect(unknown.status == 1 && unknown.errors.contains("Did you mean \"slide\"?"), "\(unknown.errors)")
    }

    @Test(
        "HDF5 files are read in a process of their own, so that one that makes the library fail is an error",
        .enabled(if: hasHDF5, "needs the HDF5 library: apt-get install libhdf5-103-1"))
    func importsHDF5() throws {
        let folder = try TemporaryFolder()
        func run(_ set: String, _ layer: String) throws -> Program.Outcome {
            try Program.run(
                "features", "import", set, "--name", "slides", "--backbone", "none", "--layer", "0=\(layer)",
                in: folder.url)
        }
        let good = try run("good", "\(Self.hdf5)/clam-*.h5:features")
        #expect(good.status == 0, "\(good.errors)")
        for file in ["damaged-tokens.h5", "damaged-trident.h5"] {
            let bad = try run("bad", "\(Self.hdf5)/\(file)")
            #expect(bad.status == 1 && bad.errors.contains(file), "\(bad.status) \(bad.errors)")
        }
        let lzf = try run("lzf", "\(Self.hdf5)/compressed-lzf.h5")
        #expect(lzf.status == 1 && lzf.errors.contains("h5repack"), "\(lzf.errors)")
    }
}
