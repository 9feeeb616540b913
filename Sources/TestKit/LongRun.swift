import Foundation

/// The full sizes of tests that CI runs small are behind this environment variable.
package let isLongRun = ProcessInfo.processInfo.environment["PROBESWEEP_LONG_TESTS"] != nil
