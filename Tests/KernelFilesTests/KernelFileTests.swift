import KernelFiles
import Testing

@Suite("Files that the kernel makes")
struct KernelFileTests {
    @Test("A file of several pages is read to its end")
    func whole() throws {
        // A process maps more than a page can list, and its stack behind the libraries.
        let maps = try #require(KernelFile.text("/proc/self/maps"))
        #expect(maps.utf8.count > 8_192 && maps.hasSuffix("\n"))
        #expect(maps.contains("[stack]"))
    }

    @Test("There is nothing where there is no file")
    func missing() {
        #expect(KernelFile.text("/proc/none") == nil)
    }
}
