import Foundation

/// An environment variable selects the full sizes of tests that CI runs at small size.
package let isLongRun = ProcessInfo.processInfo.environment["PROBESWEEP_LONG_TESTS"] != nil
