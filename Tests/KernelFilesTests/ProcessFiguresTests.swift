import Testing

@testable import KernelFiles

@Suite("What the system says of a process")
struct ProcessFiguresTests {
    @Test("is read where the name of the process holds spaces and brackets")
    func names() throws {
        let fields = (["S"] + (4...52).map(String.init)).joined(separator: " ")
        let figures = try #require(
            ProcessFigures(
                stat: "12 (a ) b (c)) \(fields)\n", machine: "cpu 1\nbtime 1000\n", openDescriptors: 5, ticks: 100,
                pageBytes: 4096))
        #expect(figures.processorSeconds == 0.29 && figures.residentBytes == 24 * 4096)
        #expect(figures.startTime == 1000.22 && figures.openDescriptors == 5)
        #expect(ProcessFigures(stat: "12 (a", machine: "", openDescriptors: 0, ticks: 100, pageBytes: 1) == nil)
    }
}
