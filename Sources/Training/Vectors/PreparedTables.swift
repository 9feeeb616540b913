import Features
import Numerics
import Probes
import Units

/// The prepared vectors that the units of a group read batch by batch, one table for each list of rows that heads are
/// trained on.
final class PreparedTables {
    private var tables: [PreparationCache.Key: VectorTable] = [:]
    /// Why units have none, by their places.
    private(set) var errors: [(unit: Int, error: TrainingError)] = []

    init(_ units: [PreparedUnit], _ context: PassContext) {
        guard let pooled = context.pooled else { return }
        for (index, unit) in units.enumerated() {
            guard let input = Self.input(of: unit) else { continue }
            do throws(TrainingError) {
                for rows in unit.preparingRows where table(unit, trainedOn: rows) == nil {
                    let reader = try context.threads.sharingProducts { () -> Result<VectorReader, TrainingError> in
                        do throws(TrainingError) {
                            return .success(try context.vectors(pooled, input, of: unit, trainedOn: rows))
                        } catch {
                            return .failure(error)
                        }
                    }.get()
                    tables[Self.key(unit, input, rows)] = VectorTable(reader, samples: unit.task.samples)
                }
            } catch {
                errors.append((index, error))
            }
        }
    }

    /// Nil for a unit that prepares nothing, or could not.
    func table(_ unit: PreparedUnit, trainedOn rows: [Int]) -> VectorTable? {
        Self.input(of: unit).flatMap { tables[Self.key(unit, $0, rows)] }
    }

    /// Bytes of a unit's tables, and of what is computed on the way to them.
    static func bytes(_ unit: PreparedUnit) -> Int {
        guard let input = input(of: unit) else { return 0 }
        let table = unit.task.samples.count * (input.width(of: unit.probe.shape.width) + 12) * MemoryLayout<Float>.size
        return unit.preparingRows.count * table + unit.preparationBytes(input)
    }

    private static func input(of unit: PreparedUnit) -> PooledInput? {
        guard case .pooled(let input) = unit.probe.reading, input.preparation != nil else { return nil }
        return input
    }

    private static func key(_ unit: PreparedUnit, _ input: PooledInput, _ rows: [Int]) -> PreparationCache.Key {
        PreparationCache.Key(unit, input, trainedOn: rows)
    }
}

extension PreparedUnit {
    /// Rows that preparations are fitted on: those of each inner split that train, and the whole fold where the head is
    /// trained again.
    fileprivate var preparingRows: [[Int]] {
        rows.inner.map(\.training) + (unit.solver.selection.trainsAgain ? [rows.fold] : [])
    }
}
