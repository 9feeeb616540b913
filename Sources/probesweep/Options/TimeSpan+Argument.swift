import ArgumentParser
package import Cluster

extension TimeSpan: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }

    package var defaultValueDescription: String {
        for (unit, length) in [("h", 3_600.0), ("m", 60)] where seconds.truncatingRemainder(dividingBy: length) == 0 {
            return "\(Int(seconds / length))\(unit)"
        }
        return "\(seconds)s"
    }
}

extension IdleTimeout: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
