import ArgumentParser

@main
struct ProbeSweep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probesweep", abstract: "Compare frozen backbones by probing, on one machine or many.")
}
