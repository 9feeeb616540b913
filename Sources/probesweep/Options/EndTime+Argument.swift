public import ArgumentParser
public import Cluster

extension EndTime: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
