import Units

/// A way of finding a head, as a pass trains its units.
protocol PassMethod: TrainingMethod {
    associatedtype Unit: TrainableUnit where Unit.Method == Self

    /// Trains units that each fit into memory, and hands each to the observer as soon as it is done.
    static func train(_ units: [Unit], _ context: PassContext)
}

/// A unit of one method with everything that is looked up or computed once.
protocol TrainableUnit {
    associatedtype Method: PassMethod

    /// - Throws: `TrainingError` for what the method cannot train.
    init(_ prepared: PreparedUnit, _ settings: Method) throws(TrainingError)

    var prepared: PreparedUnit { get }
    /// Multiply–accumulates, as far as they can be told beforehand.
    var work: Double { get }

    /// Bytes that it needs while nothing trains beside it.
    func bytesAlone(_ context: PassContext) -> Int
}

/// The units of a pass that one method trains.
struct UnitsOfMethod<Method: PassMethod> {
    private(set) var units: [Method.Unit] = []

    init(_: Method.Type) {}
}

/// The same, whatever the method is.
protocol AnyUnitsOfMethod {
    var prepared: [PreparedUnit] { get }
    var work: Double { get }

    /// Adds a unit if it is one of this method's.
    mutating func add(_ unit: PreparedUnit) throws(TrainingError)
    /// Keeps the units that are admitted. The closure gets each unit and the bytes that it needs by itself.
    mutating func admit(_ context: PassContext, _ isAdmitted: (PreparedUnit, Int) -> Bool)
    func train(_ context: PassContext)
}

extension UnitsOfMethod: AnyUnitsOfMethod {
    var prepared: [PreparedUnit] { units.map(\.prepared) }
    var work: Double { units.reduce(0) { $0 + $1.work } }

    mutating func add(_ unit: PreparedUnit) throws(TrainingError) {
        guard let settings = unit.unit.solver.settings as? Method else { return }
        units.append(try Method.Unit(unit, settings))
    }

    mutating func admit(_ context: PassContext, _ isAdmitted: (PreparedUnit, Int) -> Bool) {
        units = units.filter { isAdmitted($0.prepared, $0.bytesAlone(context)) }
    }

    func train(_ context: PassContext) {
        if !units.isEmpty { Method.train(units, context) }
    }
}

extension PassMethod {
    /// No units yet.
    static func noUnits() -> any AnyUnitsOfMethod { UnitsOfMethod(Self.self) }
}
