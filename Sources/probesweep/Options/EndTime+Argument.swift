import ArgumentParser
package import Cluster

extension EndTime: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
