package import Foundation
package import Units

/// The ways of finding a head.
package enum MethodCatalog {
    /// The most general first, which is how specifications list them; a pass trains them from the last.
    package static var methods: [any TrainingMethod.Type] { passMethods }

    static let passMethods: [any PassMethod.Type] = [
        GradientSettings.self, LogisticSettings.self, RidgeSettings.self, ZeroShotSettings.self,
        NeighbourSettings.self, PriorSettings.self,
    ]

    /// Those of which the first finds a linear head that does not refuse its task, where the way is left open: a convex
    /// problem is solved, and gradient descent serves what has no other solver.
    package static let automatic: [any TrainingMethod.Type] = [
        LogisticSettings.self, RidgeSettings.self, GradientSettings.self,
    ]

    /// The methods that find the heads of a type of probe, its default first.
    package static func methods(findingHeadsOf probe: String) -> [any TrainingMethod.Type] {
        methods.filter { $0.findsHeads(of: probe) }
    }
}

extension JSONDecoder {
    /// A decoder that knows the methods by which units' heads are found.
    package static func ofUnits() -> JSONDecoder {
        let decoder = JSONDecoder()
        if let key = CodingUserInfoKey.methods {
            decoder.userInfo[key] = MethodCatalog.methods.map { $0 as any MethodSettings.Type }
        }
        return decoder
    }
}

extension Solver {
    package var method: any TrainingMethod {
        guard let method = settings as? any TrainingMethod else {
            preconditionFailure("\(type(of: settings)) is not a TrainingMethod, and no other settings exist or decode.")
        }
        return method
    }
}
