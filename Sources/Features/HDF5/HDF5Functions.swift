import Glibc

/// The functions of the HDF5 library that are used, by what they do. Identifiers are `hid_t`, negative where a call
/// failed, as are results of type `herr_t` and `htri_t`.
struct HDF5Functions: Sendable {
    typealias ID = Int64
    typealias Close = @convention(c) (ID) -> Int32
    typealias Sizes = UnsafeMutablePointer<UInt64>?
    /// Is told an error's place in the stack, the error as `H5E_error2_t`, and what it was given.
    typealias ErrorVisitor = @convention(c) (UInt32, UnsafeRawPointer?, UnsafeMutableRawPointer?) -> Int32
    /// Where `H5E_error2_t` has the address of its text.
    static let errorText = 48

    /// `H5L_TYPE_EXTERNAL`, `H5T_FLOAT`, `H5T_INTEGER`, `H5D_CHUNKED`, `H5D_VIRTUAL`.
    static let externalLink: Int32 = 64
    static let floatClass: Int32 = 1
    static let integerClass: Int32 = 0
    static let chunkedLayout: Int32 = 2
    static let virtualLayout: Int32 = 3

    let open: @convention(c) () -> Int32
    let version:
        @convention(c) (UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<UInt32>) ->
            Int32
    let reportErrors: @convention(c) (ID, UnsafeRawPointer?, UnsafeRawPointer?) -> Int32
    let walkErrors: @convention(c) (ID, Int32, ErrorVisitor, UnsafeMutableRawPointer?) -> Int32
    let loadPlugins: @convention(c) (UInt32) -> Int32
    let removeLinkClass: @convention(c) (Int32) -> Int32

    let openFile: @convention(c) (UnsafePointer<CChar>, UInt32, ID) -> ID
    let closeFile: Close
    let linkExists: @convention(c) (ID, UnsafePointer<CChar>, ID) -> Int32
    /// Writes `H5L_info_t`, which begins with the link's type.
    let linkInfo: @convention(c) (ID, UnsafePointer<CChar>, UnsafeMutableRawPointer, ID) -> Int32
    let linkName:
        @convention(c) (ID, UnsafePointer<CChar>, Int32, Int32, UInt64, UnsafeMutablePointer<CChar>?, Int, ID) -> Int

    let openDataset: @convention(c) (ID, UnsafePointer<CChar>, ID) -> ID
    let closeDataset: Close
    let space: @convention(c) (ID) -> ID
    let type: @convention(c) (ID) -> ID
    let creation: @convention(c) (ID) -> ID
    let access: @convention(c) (ID) -> ID
    let storedBytes: @convention(c) (ID) -> UInt64
    let storedChunks: @convention(c) (ID, ID, UnsafeMutablePointer<UInt64>) -> Int32
    let read: @convention(c) (ID, ID, ID, ID, ID, UnsafeMutableRawPointer?) -> Int32

    let dimensions: @convention(c) (ID) -> Int32
    let extents: @convention(c) (ID, Sizes, Sizes) -> Int32
    let select: @convention(c) (ID, Int32, Sizes, Sizes, Sizes, Sizes) -> Int32
    let makeSpace: @convention(c) (Int32, Sizes, Sizes) -> ID
    let closeSpace: Close

    let typeClass: @convention(c) (ID) -> Int32
    let typeSize: @convention(c) (ID) -> Int
    let typeOrder: @convention(c) (ID) -> Int32
    let typePrecision: @convention(c) (ID) -> Int
    /// Positions and sizes in bits: sign, exponent, exponent's size, mantissa, mantissa's size.
    let typeFields:
        @convention(c) (
            ID, UnsafeMutablePointer<Int>, UnsafeMutablePointer<Int>, UnsafeMutablePointer<Int>,
            UnsafeMutablePointer<Int>, UnsafeMutablePointer<Int>
        ) -> Int32
    let typeBias: @convention(c) (ID) -> Int
    let closeType: Close

    let layout: @convention(c) (ID) -> Int32
    let externalFiles: @convention(c) (ID) -> Int32
    let filters: @convention(c) (ID) -> Int32
    let filter:
        @convention(c) (
            ID, UInt32, UnsafeMutablePointer<UInt32>?, UnsafeMutablePointer<Int>, UnsafeMutablePointer<UInt32>?, Int,
            UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<UInt32>?
        ) -> Int32
    let filterIsAvailable: @convention(c) (Int32) -> Int32
    let chunk: @convention(c) (ID, Int32, Sizes) -> Int32
    let setChunkCache: @convention(c) (ID, Int, Int, Double) -> Int32
    let closeList: Close

    /// A function that the library lacks.
    struct Missing: Error {
        var name: String
    }

    init(_ handle: UnsafeMutableRawPointer) throws(Missing) {
        func find<Function>(_ names: String...) throws(Missing) -> Function {
            guard let symbol = names.lazy.compactMap({ dlsym(handle, $0) }).first else {
                throw Missing(name: names[0])
            }
            return unsafeBitCast(symbol, to: Function.self)
        }
        open = try find("H5open")
        version = try find("H5get_libversion")
        reportErrors = try find("H5Eset_auto2")
        walkErrors = try find("H5Ewalk2")
        loadPlugins = try find("H5PLset_loading_state")
        removeLinkClass = try find("H5Lunregister")
        openFile = try find("H5Fopen")
        closeFile = try find("H5Fclose")
        linkExists = try find("H5Lexists")
        // Version 1.12 renamed it.
        linkInfo = try find("H5Lget_info", "H5Lget_info1")
        linkName = try find("H5Lget_name_by_idx")
        openDataset = try find("H5Dopen2")
        closeDataset = try find("H5Dclose")
        space = try find("H5Dget_space")
        type = try find("H5Dget_type")
        creation = try find("H5Dget_create_plist")
        access = try find("H5Dget_access_plist")
        storedBytes = try find("H5Dget_storage_size")
        storedChunks = try find("H5Dget_num_chunks")
        read = try find("H5Dread")
        dimensions = try find("H5Sget_simple_extent_ndims")
        extents = try find("H5Sget_simple_extent_dims")
        select = try find("H5Sselect_hyperslab")
        makeSpace = try find("H5Screate_simple")
        closeSpace = try find("H5Sclose")
        typeClass = try find("H5Tget_class")
        typeSize = try find("H5Tget_size")
        typeOrder = try find("H5Tget_order")
        typePrecision = try find("H5Tget_precision")
        typeFields = try find("H5Tget_fields")
        typeBias = try find("H5Tget_ebias")
        closeType = try find("H5Tclose")
        layout = try find("H5Pget_layout")
        externalFiles = try find("H5Pget_external_count")
        filters = try find("H5Pget_nfilters")
        filter = try find("H5Pget_filter2")
        filterIsAvailable = try find("H5Zfilter_avail")
        chunk = try find("H5Pget_chunk")
        setChunkCache = try find("H5Pset_chunk_cache")
        closeList = try find("H5Pclose")
    }

    /// What the library says went wrong, where it did.
    var lastError: String {
        var reason = ""
        withUnsafeMutablePointer(to: &reason) { reason in
            // The first that is visited is the innermost, which says most.
            let visitor: ErrorVisitor = { _, record, reason in
                let text = record?.load(fromByteOffset: HDF5Functions.errorText, as: UnsafePointer<CChar>?.self)
                if let text { reason?.assumingMemoryBound(to: String.self).pointee = String(cString: text) }
                return 1
            }
            _ = walkErrors(0, 0, visitor, reason)
        }
        return reason.isEmpty ? "the HDF5 library gives no reason" : reason
    }
}
