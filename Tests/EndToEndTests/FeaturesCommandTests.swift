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
}
