import Features
import Foundation
import Testing

@Suite("Import of tables of embeddings") struct TableImportTests {
    @Test(
        "Each row is a sample, with its id and the numbers of its columns",
        arguments: [("x.csv", ","), ("x.tsv", "\t")])
    func readsTables(file: String, separator: String) throws {
        let folder = try TemporaryFolder()
        let rows = [["id", "a", "label", "b"], ["\"wren\"", " 1.5 ", "x", "-2e-1"], ["robin", "\"3\"", "y", "4"]]
        let text = rows.map { $0.joined(separator: separator) }.joined(separator: "\r\n")
        let path = try folder.write(Array(("\u{FEFF}" + text + "\n\n").utf8), to: file)
        let set = try FeatureImport.new(in: folder, [path]).run()
        #expect(try set.sampleIDs() == ["wren", "robin"])
        #expect(try set.values(sample: 0) == [[1.5, -0.2]])
        #expect(try set.values(sample: 1) == [[3, 4]])
    }

    @Test("The columns of the elements can be named, and the same table can label the samples")
    func choosesColumns() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("id,dim1,note,dim0,label\na,1,x,2,cat\nb,3,,4,dog\n".utf8, to: "x.csv")
        var order = FeatureImport.new(in: folder, [path])
        let error = #expect(throws: FeatureError.self) { try order.run() }
        #expect(error?.field == "line 2, column note" && error?.found == "\"x\"")
        order.layers[0].file = "\(path):dim*"
        order.labels = path
        let set = try order.run()
        #expect(try set.values(sample: 1) == [[3, 4]])
        #expect(try set.task("labels").classNames == ["cat", "dog"])
    }

    @Test(
        "What is no table of numbers is refused with its line",
        arguments: [
            ("1,2\n3,4\n", "line 1"), ("a,a\n1,2\n", "line 1"), ("a,b\n1,2\n3\n", "line 3"),
            ("a,b\n1,\n", "line 2, column b"), ("a,b\n1,nan\n", "sample 0, element 1"),
        ])
    func refuses(text: String, field: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(text.utf8, to: "x.csv")
        let error = #expect(throws: FeatureError.self) { try FeatureImport.new(in: folder, [path]).run() }
        #expect(error?.field == field)
    }
}
