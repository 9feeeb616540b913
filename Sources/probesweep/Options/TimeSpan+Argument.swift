import ArgumentParser
package import Cluster

extension TimeSpan: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }

    package var defaultValueDescription: String {
        seconds.truncatingRemainder(dividingBy: 60) == 0 ? "\(Int(seconds) / 60)m" : "\(seconds)s"
    }
}

extension IdleTimeout: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
