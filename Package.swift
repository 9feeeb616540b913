// swift-tools-version: 6.2
import PackageDescription

/// Whether warnings of our own targets are errors: in `deploy/test`, on the toolchain that is named there.
let isStrict = Context.environment["PROBESWEEP_STRICT"] != nil

let house: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("InferIsolatedConformances"),
    ] + (isStrict ? [.treatAllWarnings(as: .error)] : [])

/// The commit that is built, for the provenance of results.
let commit: [CSetting] =
    Context.gitInformation.map { git in
        let name = git.currentCommit.prefix(12) + (git.hasUncommittedChanges ? ".modified" : "")
        return [.define("PROBESWEEP_COMMIT", to: "\"\(name)\"")]
    } ?? []

/// A room of the house. The list of targets below is the architecture diagram: dependencies point downwards.
func room(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: house)
}

/// A room that trains or reads millions of numbers. It is optimised in debug builds too, where it would be a hundred
/// times slower otherwise, and tests that run whole sweeps with it.
func numericRoom(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: dependencies,
        swiftSettings: house + [.unsafeFlags(["-O"], .when(configuration: .debug))])
}

/// The tests of a room, with the fixtures that all rooms share.
func tests(
    _ room: String, _ dependencies: [Target.Dependency] = [], with kit: [Target.Dependency] = ["TestKit"]
) -> Target {
    .testTarget(
        name: "\(room)Tests", dependencies: [.byName(name: room)] + kit + dependencies, swiftSettings: house)
}

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
// The collections one by one: the product that has them all compiles ropes and hash trees that nothing here uses.
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let orderedCollections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// The fuzzer, which only builds with the sanitizers that `deploy/fuzz` asks for.
let fuzzing: [Target] =
    Context.environment["PROBESWEEP_FUZZING"] == nil
    ? []
    : [.executableTarget(name: "fuzz", dependencies: ["Transport", "Features", "Sweeps"], path: "Tests/Fuzzing")]

let package = Package(
    name: "ProbeSweep",
    products: [.executable(name: "probesweep", targets: ["probesweep"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        .executableTarget(
            name: "probesweep",
            dependencies: [
                "Launch", "Diagnosis", "Dashboard", "Report", "Cluster", "Ledger", "Transport", "Results", "Sweeps",
                "Units",
                "Training", "Probes",
                "Features", "Numerics", "Scheduling", "Identities", "CVersion", arguments, logging,
            ], swiftSettings: house),
        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "Cluster", "Ledger", "Transport", "Scheduling", "Report", "Results", "Training", "Probes", "Features",
                "Units", "Sweeps", "Numerics", "KernelFiles", "Identities", "COpenBLAS", "TestKit", arguments, logging,
            ],
            exclude: ["peers"],
            swiftSettings: house),
        room(
            "Launch",
            [
                "Cluster", "Ledger", "Transport", "Sweeps", "Training", "Units", "Numerics", "Scheduling", "Identities",
                "Digests",
                logging, subprocess,
            ]),
        room("Diagnosis", ["Cluster", "Ledger", "Transport", "Features", "Numerics", "Digests"]),
        room(
            "Dashboard",
            [
                "Cluster", "Scheduling", "Ledger", "Transport", "Report", "Results", "Sweeps", "Units", "KernelFiles",
                "Identities", logging,
            ],
            resources: [.embedInCode("Page/dashboard.css"), .embedInCode("Page/dashboard.js")]),
        room(
            "Cluster",
            [
                "Scheduling", "Transport", "Ledger", "Results", "Training", "Sweeps", "Units", "Features", "Numerics",
                "KernelFiles", "Digests", "Identities", "CZlib", logging, system, protobuf,
            ]),
        room(
            "Report", ["Results", "Sweeps", "Ledger", "Digests", "Identities", "CZlib"],
            resources: [.embedInCode("Page/report.css"), .embedInCode("Page/report.js")]),
        room("Ledger", ["KernelFiles", "Identities", grdb, system]),
        room("Transport", ["CZeroMQ", protobuf], exclude: ["cluster.proto"]),
        room("Scheduling", ["Identities", deque, heap, orderedCollections]),
        room(
            "Results",
            [
                "Ledger", "Scheduling", "Training", "Sweeps", "Units", "Probes", "Attention", "Metrics", "Features",
                "Numerics", "Digests", "Identities",
            ]),
        numericRoom(
            "Training", ["Digests", "Identities", "Units", "Probes", "Attention", "Metrics", "Features", "Numerics"]),
        room("Sweeps", ["Training", "Units", "Probes", "Metrics", "Features", "Numerics", "Identities", yams]),
        room("Units", ["Probes", "Attention", "Features", "Digests", "Identities", "CZlib"]),
        numericRoom("Probes", ["Numerics", "Identities"]),
        numericRoom("Metrics", ["Identities"]),
        numericRoom("Attention", ["Numerics"]),
        numericRoom("Features", ["Metrics", "Numerics", "Digests", "Identities", "CZlib"]),
        numericRoom("Numerics", ["KernelFiles", "CKernels"]),
        room("Digests", ["Identities", "COpenSSL"]),
        room("KernelFiles"),
        room("Identities"),
        .target(name: "CVersion", cSettings: commit),
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"], .when(configuration: .debug))]),
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
        room("TestKit", ["Identities", "Scheduling", "Numerics", heap, orderedCollections, logging]),

        tests("Digests", ["Identities"], with: []),
        tests("Identities", with: []),
        tests("KernelFiles", with: []),
        tests("Numerics"),
        tests("Features", ["Numerics"]),
        tests("Metrics", with: []),
        tests("Attention", ["Numerics"]),
        tests("Probes", ["Training", "Features", "Numerics"]),
        tests("Training", ["Identities", "Units", "Sweeps", "Probes", "Attention", "Features", "Metrics", "Numerics"]),
        tests("Sweeps", ["Identities", "Units", "Training", "Probes", "Features", "Metrics", "Digests"]),
        tests("Results", ["Identities", "Units", "Sweeps", "Training", "Probes", "Attention", "Metrics"]),
        tests("Report", ["Results", "Ledger", "Sweeps", "Training", "Probes", "Units", "Identities", "CZlib"]),
        tests("Scheduling", ["Identities"]),
        tests("Transport", ["KernelFiles", "CZeroMQ", protobuf]),
        tests("Ledger", ["KernelFiles", "Identities", "Sweeps", grdb]),
        tests("Launch", ["Cluster", "Scheduling", "Sweeps", "Numerics", "Identities"]),
        tests("Diagnosis", ["Ledger"]),
        tests("Dashboard", ["Cluster", "Scheduling", "Ledger", "KernelFiles", "Identities", logging]),
        tests(
            "Cluster",
            [
                "Identities", "Scheduling", "Transport", "Ledger", "Results", "Units", "Training", "Sweeps", "Probes",
                "Features",
                "Numerics", logging, protobuf, grdb,
            ]),
        .testTarget(
            name: "SimulationTests", dependencies: ["Identities", "Scheduling", "TestKit"], swiftSettings: house),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "KernelFiles", "Identities", "Numerics", "Cluster", "Scheduling", "Transport", "TestKit", "Digests",
                grdb,
            ],
            swiftSettings: house),
    ] + fuzzing
)
