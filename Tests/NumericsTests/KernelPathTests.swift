import Testing

@testable import Numerics

extension KernelPath {
    /// The paths that this machine can run, and tiles in software where it can run the rest of that path.
    static let tested: [KernelPath] = available + [.amxModel].filter(\.isSupported)
}

@Suite("Kernel paths")
struct KernelPathTests {
    @Test("A path that this machine can run is had by its name", arguments: KernelPath.available)
    func named(path: KernelPath) throws {
        #expect(try KernelPath.named(path.rawValue) == path)
    }

    @Test("The best path is the last of those that this machine can run")
    func best() {
        #expect(KernelPath.best() == KernelPath.allCases.last { $0.isSupported })
    }

    @Test("A path that this machine cannot run is refused with its name, the reason and the choices")
    func refused() {
        for path in KernelPath.allCases where !path.isSupported {
            let error = #expect(throws: KernelPathError.unavailable(path)) { try KernelPath.named(path.rawValue) }
            let message = error?.description ?? ""
            #expect(message.contains("“\(path.rawValue)” (") && message.hasSuffix("it can run \(Self.choices)"))
        }
    }

    @Test("A name of no path is refused with the choices")
    func unknown() {
        let error = #expect(throws: KernelPathError.unknown("avx1024")) { try KernelPath.named("avx1024") }
        #expect(error?.description.hasSuffix("this machine can run \(Self.choices)") == true)
    }

    @Test("The model of tiles cannot be asked for")
    func model() {
        #expect(!KernelPath.allCases.contains(.amxModel) && KernelPath.best() != .amxModel)
        #expect(throws: KernelPathError.unavailable(.amxModel)) { try KernelPath.named("amxModel") }
    }

    private static let choices = KernelPath.available.map(\.rawValue).joined(separator: ", ")
}
