import Foundation
import Probes
import Sweeps
import Testing
import Training
import Units

@Suite("A specification")
struct SpecificationTests {
    @Test("that has only features gets every default")
    func defaults() throws {
        let specification = try SweepSpecification.read(text: "features: /data/set", file: "specs/first.yaml")
        #expect(specification.name == "first")
        #expect(specification.features == ["/data/set"])
        #expect(specification.layers == nil)
        #expect(specification.tasks == nil)
        #expect(specification.folds == SweepDefaults.folds)
        #expect(specification.selection == SweepDefaults.selection)
        #expect(specification.probes.map(\.type) == ["linear"])
        #expect(
            specification.probes[0].methods.last as? GradientSettings == GradientSettings.standard(optimizer: "adamw"))
        #expect(specification.seed == 0)
        #expect(specification.kernel == nil)
    }

    @Test("finds its features relative to its file")
    func relativeFolders() throws {
        let specification = try SweepSpecification.read(
            text: "features: [../data/set, /other]", file: "/home/user/sweeps/a.yaml")
        #expect(specification.features == ["/home/user/data/set", "/other"])
    }

    @Test("takes merge keys, in which a mapping's own fields and earlier mappings come first")
    func merged() throws {
        let specification = try SweepSpecification.read(
            text: """
                features: /set
                training: &slow {epochs: 50, batch: 64}
                probes:
                  - &base {type: efficient, queries: 4, training: {<<: *slow, batch: 32}}
                  - {<<: *base, queries: 8}
                  - {<<: [{queries: 16}, *base], output: D/2}
                """, file: "a.yaml")
        #expect(specification.probes.map { $0.options["queries"] } == [[.integer(4)], [.integer(8)], [.integer(16)]])
        #expect(specification.probes.map { $0.options["output"] }[2] == [.text("D/2")])
        for probe in specification.probes {
            let settings = try #require(probe.methods.last as? GradientSettings)
            #expect(settings.epochs == 50 && settings.batch == 32)
        }
    }

    @Test("whose merge key names no mapping is rejected with its line")
    func mergedScalar() {
        #expect {
            try SweepSpecification.read(text: "features: /set\nfolds: {<<: 3}", file: "a.yaml")
        } throws: {
            "\($0)".hasPrefix(#"a.yaml:2: folds.<<: "3" is not a mapping of fields."#)
        }
    }

    @Test(
        "whose aliases stand for more nodes than it may have is rejected at once, with the line",
        arguments: [
            // Values, keys and merged mappings of ever longer lists.
            ("probes: ", "[%, %, %, %, %, %, %, %, %]"), ("? ", "[%, %, %, %, %, %, %, %, %]"),
            ("folds: ", "{a: %, b: %, c: %, d: %, e: %, f: %, g: %, h: %, i: %}"), ("? ", "{a: %, b: %, c: %, d: %}"),
        ])
    func laughs(_ field: String, _ form: String) {
        var lines = ["features: /set", "a: &l0 [x, x, x, x, x, x, x, x, x]"]
        for level in 1...18 { lines.append("a\(level): &l\(level) " + form.replacing("%", with: "*l\(level - 1)")) }
        lines.append("\(field)*l18")
        #expect {
            try SweepSpecification.read(text: lines.joined(separator: "\n"), file: "a.yaml")
        } throws: {
            let problems = ($0 as? SpecificationError)?.problems ?? []
            return problems.count == 1 && problems[0].line != nil && "\(problems[0])".contains("more than 100000 nodes")
        }
    }

    @Test(
        "with fewer epochs than the default warm-up shrinks it, and keeps what was asked for",
        arguments: [
            ("epochs: 2", 1), ("epochs: 1", 0), ("epochs: 3", 2), ("epochs: 20", 2), ("epochs: 2, warmup: 1.5", 1.5),
            ("epochs: 2, optimizer: lars", 1),
        ])
    func warmup(_ fields: String, _ expected: Double) throws {
        let specification = try SweepSpecification.read(
            text: "features: /set\ntraining: {\(fields)}", file: "a.yaml")
        let settings = try #require(specification.probes[0].methods.last as? GradientSettings)
        #expect(settings.warmup == expected)
    }

    @Test("of an entry with fewer epochs than the sweep's warm-up shrinks that")
    func inheritedWarmup() throws {
        let specification = try SweepSpecification.read(
            text: """
                features: /set
                training: {epochs: 30, warmup: 5}
                probes: [linear, {type: linear, training: {epochs: 4}}]
                """, file: "a.yaml")
        let settings = specification.probes.compactMap { $0.methods.last as? GradientSettings }
        #expect(settings.map(\.warmup) == [5, 3])
    }

    @Test("lists every valid field once where none is similar")
    func fieldsOnce() {
        #expect {
            try SweepSpecification.read(text: "features: /set\nqqqqqqqqqqqqqqqqqq: 1", file: "a.yaml")
        } throws: {
            let names = "\($0)".split(separator: "Valid are: ").last?.dropLast().split(separator: ", ") ?? []
            return names.count > 10 && Set(names).count == names.count
        }
    }

    @Test("expands lists of option values to axes, and lists of lists to axes of lists")
    func axes() throws {
        let specification = try SweepSpecification.read(
            text: """
                features: /set
                probes:
                  - linear
                  - {type: efficient, queries: [4, 16], output: [D, D/4, 96]}
                  - {type: mlp, hidden: [512, 256]}
                  - {type: mlp, hidden: [[512], [256, 128]]}
                """, file: "a.yaml")
        let options = specification.probes.map(\.options)
        #expect(options[0]["input"] == [.text("mean")])
        #expect(options[1]["queries"] == [.integer(4), .integer(16)])
        #expect(options[1]["output"] == [.text("D"), .text("D/4"), .integer(96)])
        #expect(options[1]["tokens"] == [.text("patch")])
        #expect(options[2]["hidden"] == [.list([.integer(512), .integer(256)])])
        #expect(options[3]["hidden"] == [.list([.integer(512)]), .list([.integer(256), .integer(128)])])
    }

    @Test("lets a probe override how it is trained, field by field")
    func overrides() throws {
        let specification = try SweepSpecification.read(
            text: """
                features: /set
                training: {epochs: 30, learning-rates: [0.01, 0.001]}
                probes:
                  - {type: efficient, training: {batch: 64}}
                  - {type: efficient, training: {optimizer: lars}}
                  - {type: linear, solver: logistic, logistic: {penalties: 1}}
                  - {type: knn, knn: {neighbours: [20, 5]}}
                  - {type: linear, solver: ridge, ridge: {penalties: [10, 0]}}
                """, file: "a.yaml")
        var first = GradientSettings.standard(optimizer: "adamw")
        (first.epochs, first.learningRates, first.batch) = (30, [0.001, 0.01], 64)
        #expect(specification.probes[0].methods.last as? GradientSettings == first)
        var second = GradientSettings.standard(optimizer: "lars")
        second.epochs = 30
        #expect(specification.probes[1].methods.last as? GradientSettings == second)
        var third = LogisticSettings.standard
        third.penalties = [1]
        #expect(specification.probes[2].methods.last as? LogisticSettings == third)
        var fourth = NeighbourSettings.standard
        fourth.neighbours = [5, 20]
        #expect(specification.probes[3].methods.last as? NeighbourSettings == fourth)
        #expect(specification.probes[4].methods.last as? RidgeSettings == RidgeSettings(penalties: [0, 10]))
    }

    @Test("allows an order in blocks for training, which entries may override, and which is in keys only if given")
    func shuffle() throws {
        let specification = try SweepSpecification.read(
            text: """
                features: /set
                training: {shuffle: {block: 32}}
                probes:
                  - linear
                  - {type: efficient, training: {shuffle: samples}}
                  - {type: mlp, training: {shuffle: {window: 4}}}
                """, file: "a.yaml")
        let shuffles = specification.probes.map { ($0.methods.last as? GradientSettings)?.shuffle }
        #expect(shuffles == [BlockShuffle(block: 32, window: 16), nil, BlockShuffle(block: 32, window: 4)])
        var again = try SweepSpecification.read(text: specification.yaml, file: "again.yaml")
        again.source = specification.source
        again.name = specification.name
        #expect(again == specification)
        let standard = try JSONEncoder().encode(GradientSettings.standard(optimizer: "adamw"))
        #expect(!String(decoding: standard, as: UTF8.self).contains("shuffle"))
    }

    @Test(
        "written with its defaults is read as the same specification",
        arguments: ["wordnet-demo", "quick", "published", "linear"])
    func rendering(_ name: String) throws {
        let specification = try SweepSpecification.read(file: Samples.path(name))
        var again = try SweepSpecification.read(text: specification.yaml, file: "again.yaml")
        again.source = specification.source
        #expect(again == specification)
    }

    @Test("is read from a pipe too")
    func pipe() async throws {
        let file = NSTemporaryDirectory() + "specification-\(UUID().uuidString)"
        try #require(mkfifo(file, 0o600) == 0)
        defer { unlink(file) }
        let text = "features: /data/set\nname: piped\n"
        let writer = Thread {
            let handle = FileHandle(forWritingAtPath: file)
            try? handle?.write(contentsOf: Data(text.utf8))
            try? handle?.close()
        }
        writer.start()
        #expect(try SweepSpecification.read(file: file).name == "piped")
    }

    @Test("that comes by a pipe or standard input has folders relative to the current one")
    func standardInput() throws {
        let current = FileManager.default.currentDirectoryPath
        for file in ["/dev/fd/63", "/dev/stdin"] {
            let specification = try SweepSpecification.read(text: "features: set", file: file)
            #expect(specification.features == [current + "/set"], "\(specification.features)")
        }
    }

    @Test("encoded as JSON is decoded as the same specification")
    func coding() throws {
        let specification = try SweepSpecification.read(file: Samples.path("wordnet-demo"))
        let data = try JSONEncoder().encode(specification)
        #expect(try JSONDecoder().decode(SweepSpecification.self, from: data) == specification)
    }
}

@Suite("An invalid specification")
struct WrongSpecificationTests {
    /// A wrong text, and the message that it must get.
    struct Case: CustomTestStringConvertible {
        let text: String
        let message: String
        var testDescription: String { message }
    }

    static let cases = [
        Case(text: "name: x", message: #"a.yaml: features: is missing. Name the folder of a feature set."#),
        Case(
            text: "features: /set\nprobes: [linear]\nkernel: avx511",
            message: #"a.yaml:3: kernel: "avx511" is not one of the choices. Did you mean "avx512"?"#),
        Case(
            text: "features: /set\nprobse: [linear]",
            message: #"a.yaml:2: probse: "probse" is not a known field. Did you mean "probes"?"#),
        Case(
            text: "features: /data\nzzz: 3",
            message: #"""
                a.yaml:2: zzz: "zzz" is not a known field. Valid are: name, features, layers, tasks, samples, folds, training, \#
                logistic, ridge, knn, selection, protocol, shots, draws, class-weights, keep, seed, \#
                seeds, controls, kernel, attention, probes.
                """#),
        Case(
            text: "features: /set\nprobes:\n  - {type: eficient}",
            message: #"a.yaml:3: probes.type: "eficient" is not one of the choices. Did you mean "efficient"?"#),
        Case(
            text: "features: /set\nprobes:\n  - linear\n  - {type: efficient, querys: 4}",
            message: #"a.yaml:4: probes[1].querys: "querys" is not a known field. Did you mean "queries"?"#),
        Case(
            text: "features: /set\nprobes:\n  - {type: efficient, output: [D, D/x]}",
            message: #"a.yaml:3: probes.output[1]: "D/x" is not a valid width. Write a whole number, D, or D/n."#),
        Case(
            text: "features: /set\nprobes: {type: knn, solver: logistic}",
            message: #"a.yaml:2: probes.solver: "logistic" is not one of the choices. Valid are: neighbours."#),
        Case(
            text: "features: /set\ntraining:\n  epochs: many",
            message: #"a.yaml:3: training.epochs: "many" is not a whole number."#),
        Case(
            text: "features: /set\ntraining: {epochs: 5, warmup: 5}",
            message: #"a.yaml:2: training.warmup: "5" leaves no epoch after the warm-up: 5.0 of 5. "#
                + "Give fewer epochs of warm-up than epochs."),
        Case(
            text: "features: /set\nfolds: {count: 1}",
            message: #"a.yaml:2: folds.count: "1" is not between 2 and 10000."#),
        Case(
            text: "features: /set\nfolds: 5", message: #"a.yaml:2: folds: "5" is not a mapping of fields."#),
        Case(
            text: "features: /set\nselection: {fraction: nan}",
            message: #"a.yaml:2: selection.fraction: "nan" is not a number."#),
        Case(
            text: "features: /set\ntasks: [a, a]", message: #"a.yaml:2: tasks: "[a, a]" lists a value twice."#),
        Case(
            text: "features: /set\nlayers: []",
            message: #"a.yaml:2: layers: "[]" is empty. Give at least one value."#),
        Case(
            text: "features: /set\nfeatures: /two",
            message: "a.yaml:1: features: occurs twice in the same mapping. Keep one."),
        Case(
            text: "features: [",
            message: "a.yaml:2: file: is not YAML: did not find expected node content. Correct the YAML."),
    ]

    @Test("is rejected with file, line, field, value and remedy", arguments: cases)
    func messages(_ example: Case) {
        let error = #expect(throws: SpecificationError.self) {
            try SweepSpecification.read(text: example.text, file: "a.yaml")
        }
        #expect(error?.description == example.message)
    }

    @Test("is rejected with all its errors at once")
    func all() {
        let text = "features: /set\nseed: -1\nfolds: {count: two}\nkernl: avx2\n"
        let error = #expect(throws: SpecificationError.self) { try SweepSpecification.read(text: text, file: "a.yaml") }
        #expect(Set(error?.problems.map(\.field) ?? []) == ["seed", "folds.count", "kernl"])
    }

    @Test("that is a folder is said to be one")
    func folder() {
        let error = #expect(throws: SpecificationError.self) { try SweepSpecification.read(file: "/tmp") }
        #expect(error?.problems.first?.reason == "cannot be read: Is a directory.")
    }

    @Test("that does not exist is named in the error")
    func missingFile() {
        let error = #expect(throws: SpecificationError.self) { try SweepSpecification.read(file: "/nowhere/a.yaml") }
        #expect(error?.problems.first?.file == "/nowhere/a.yaml")
    }
}
