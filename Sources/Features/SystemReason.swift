import Foundation

/// The operating system's reason for an error of Foundation's file operations, which describe themselves by domain and
/// number.
package func systemReason(of error: any Error) -> String {
    if let error = error as? POSIXError { return String(cString: strerror(error.code.rawValue)) }
    guard let error = error as? CocoaError else { return "\(error)" }
    if let cause = error.underlying as? POSIXError { return String(cString: strerror(cause.code.rawValue)) }
    switch error.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: return String(cString: strerror(ENOENT))
    case .fileReadNoPermission, .fileWriteNoPermission: return String(cString: strerror(EACCES))
    case .fileWriteFileExists: return String(cString: strerror(EEXIST))
    case .fileWriteOutOfSpace: return String(cString: strerror(ENOSPC))
    case .fileWriteVolumeReadOnly: return String(cString: strerror(EROFS))
    case .fileReadInapplicableStringEncoding, .fileReadCorruptFile: return "it is not text in UTF-8"
    default: return "Foundation's error \(error.code.rawValue)"
    }
}
