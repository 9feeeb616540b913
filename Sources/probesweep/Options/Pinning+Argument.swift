import ArgumentParser
package import Cluster

extension Pinning: ExpressibleByArgument {}
