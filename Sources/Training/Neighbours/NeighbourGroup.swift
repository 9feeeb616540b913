import Features
import Foundation
import Numerics
import Probes
import Units

/// A unit that is answered by k-NN.
struct NeighbourUnit: TrainableUnit, Sendable {
    let prepared: PreparedUnit
    let settings: NeighbourSettings
    let input: PooledInput

    /// - Throws: `TrainingError` for a similarity that does not exist, and for a choice that nothing can be chosen by.
    init(_ prepared: PreparedUnit, _ settings: NeighbourSettings) throws(TrainingError) {
        guard NeighbourSettings.similarities.contains(settings.similarity) else {
            throw TrainingError(
                field: "solver.neighbours.similarity", problem: "there is no similarity \(settings.similarity)",
                remedy: "take cosine or inner")
        }
        self.prepared = prepared
        self.settings = settings
        input = try prepared.pooledInput
        try prepared.check(
            canChooseAmong: votes.count, "pairs of k and temperature", orGive: "one k and one temperature")
    }

    /// The candidates, in the order of scores: temperatures within numbers of neighbours.
    var votes: [NeighbourVote] {
        settings.neighbours.flatMap { count in
            settings.temperatures.map { NeighbourVote(neighbours: count, temperature: $0) }
        }
    }

    var depth: Int { settings.neighbours.max() ?? 1 }

    /// Bytes of its lists of neighbours, of the tables that searches look rows up in, and of its answers.
    var bytes: Int {
        let queries = prepared.rows.innerValidation + prepared.rows.test.count
        let table = prepared.task.samples.count * (5 + 2 * MemoryLayout<UInt64>.size)
        return queries * NeighbourLists.bytes(depth: depth) + (prepared.rows.inner.count + 1) * table
            + prepared.rows.test.count * prepared.outputs * MemoryLayout<Float>.size
    }

    /// Bytes that it shares with others: the vectors, and what threads take while they look at similarities, count
    /// votes and judge them.
    func sharedBytes(_ context: PassContext) -> Int {
        let width = max(input.width(of: context.layer.width), input.gatheredWidth(of: context.layer.width))
        let vectors = prepared.task.samples.count * (input.preparation == nil ? 1 : 2) * width
        let queries = max(prepared.rows.inner.map(\.validation.count).max() ?? 0, prepared.rows.test.count)
        let thread = SimilarityBlocks.elementsPerThread + queries * (6 * prepared.outputs + 32)
        return (vectors + context.threads.threads * thread) * MemoryLayout<Float>.size
            + prepared.preparationBytes(input)
    }

    func bytesAlone(_ context: PassContext) -> Int { bytes + sharedBytes(context) }

    /// What its neighbours are looked for in: for each inner split, and for the test, the rows that ask and those that
    /// answer.
    var questions: (inner: [Question], test: Question) {
        let rows = prepared.rows
        return (
            rows.inner.map { Question(asking: $0.validation, answering: $0.training) },
            Question(asking: rows.test, answering: voters)
        )
    }

    struct Question {
        let asking, answering: [Int]
    }

    /// Rows whose labels vote on the test fold.
    var voters: [Int] {
        prepared.unit.solver.selection.trainsAgain ? prepared.rows.fold : prepared.rows.inner[0].training
    }

    /// Multiply–accumulates of the similarities that the unit uses.
    var work: Double {
        let rows = prepared.rows
        let compared = rows.inner.reduce(0) { $0 + $1.validation.count * $1.training.count }
        let pairs = compared + rows.test.count * voters.count
        return Double(pairs) * Double(prepared.probe.outputWidth)
    }
}

/// Units whose neighbours come from one pass over the similarities of a task's samples.
struct NeighbourGroup {
    let task: FeatureTask
    let sampling: NegativeSampling?
    let permutation: Int?
    let input: PooledInput
    let similarity: String
    private(set) var units: [NeighbourUnit] = []

    static func groups(of units: [NeighbourUnit]) -> [NeighbourGroup] {
        var groups: [NeighbourGroup] = []
        for unit in units {
            let place = groups.firstIndex {
                // Names tell tasks apart whose targets were permuted or drawn for each type.
                $0.task.name == unit.prepared.task.name && $0.permutation == unit.prepared.unit.task.permutation
                    && $0.sampling == unit.prepared.unit.task.sampling
                    && $0.input == unit.input && $0.similarity == unit.settings.similarity
            }
            if place == nil {
                groups.append(
                    NeighbourGroup(
                        task: unit.prepared.task, sampling: unit.prepared.unit.task.sampling,
                        permutation: unit.prepared.unit.task.permutation, input: unit.input,
                        similarity: unit.settings.similarity))
            }
            groups[place ?? groups.count - 1].units.append(unit)
        }
        return groups
    }

    private init(
        task: FeatureTask, sampling: NegativeSampling?, permutation: Int?, input: PooledInput, similarity: String
    ) {
        self.task = task
        self.sampling = sampling
        self.permutation = permutation
        self.input = input
        self.similarity = similarity
    }

    /// Answers the units, as many at a time as their lists of neighbours fit into memory.
    func run(_ context: PassContext) {
        guard let pooled = context.pooled else { return }
        let fixed = units.map { $0.sharedBytes(context) }.max() ?? 0
        for part in ChunkPlan(extents: units.map(\.bytes), limit: context.freeMemory - fixed).chunks {
            answer(Array(units[part]), pooled, context)
        }
    }

    private func answer(_ units: [NeighbourUnit], _ pooled: PooledVectors, _ context: PassContext) {
        context.observer.reached("similarities of task \(task.name)")
        let start = ContinuousClock.now
        let isWanted = { @Sendable (unit: NeighbourUnit) in !context.observer.isCancelled(unit.prepared.key) }
        let found: [(unit: NeighbourUnit, plan: NeighbourPlan)]
        if input.preparation?.isFitted == true {
            found = units.filter(isWanted).compactMap { unit in
                do throws(TrainingError) {
                    return (unit, try prepared(unit, pooled, context, isWanted: { isWanted(unit) }))
                } catch {
                    context.observer.finished(.failed(unit.prepared.key, error))
                    context.progress.advance(by: unit.work)
                    return nil
                }
            }
        } else {
            let wanted = units.filter(isWanted)
            found = Array(zip(wanted, plans(wanted, pooled, context, isWanted: isWanted)))
        }
        let (wanted, plans) = (found.map(\.unit), found.map(\.plan))
        let results = SlotArray<TrainedUnit>(count: wanted.count)
        let total = wanted.reduce(0) { $0 + $1.work }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        context.threads.forEach(wanted.count) { index in
            // The search ends early when nobody is left, and lists are then incomplete.
            guard isWanted(wanted[index]) else { return }
            results[index] = NeighbourAnswer(
                unit: wanted[index], plan: plans[index]
            ).trained(seconds: seconds * wanted[index].work / total, settings: context.settings)
        }
        for (index, unit) in wanted.enumerated() {
            if let trained = results[index] { context.observer.finished(.trained(trained)) }
            context.progress.advance(by: unit.work)
        }
    }

    /// The neighbours of all units in vectors that are the same for all: one pass over similarities.
    private func plans(
        _ units: [NeighbourUnit], _ pooled: PooledVectors, _ context: PassContext,
        isWanted: @escaping @Sendable (NeighbourUnit) -> Bool
    ) -> [NeighbourPlan] {
        var searches = SearchTable(rows: task.samples.count)
        let plans = units.map { unit in
            let questions = unit.questions
            return NeighbourPlan(
                validation: questions.inner.map { searches.search($0, depth: unit.depth) },
                test: searches.search(questions.test, depth: unit.depth), preparation: nil)
        }
        // Vectors of length 1 are the same whatever rows train.
        let fitted = input.preparation.map { _ in
            FittedPreparation(
                .unitLength, mean: [], gatheredWidth: input.gatheredWidth(of: pooled.width),
                width: input.width(of: pooled.width))
        }
        run(searches, VectorReader(pooled, input, fitted, on: context.path), context) {
            units.contains(where: isWanted)
        }
        return plans
    }

    /// The neighbours of one unit, each question among vectors that were prepared by the rows that answer.
    private func prepared(
        _ unit: NeighbourUnit, _ pooled: PooledVectors, _ context: PassContext, isWanted: @escaping @Sendable () -> Bool
    ) throws(TrainingError) -> NeighbourPlan {
        let questions = unit.questions
        var found: [NearestSearch] = []
        var preparation: FittedPreparation?
        for question in questions.inner + [questions.test] {
            var searches = SearchTable(rows: task.samples.count)
            found.append(searches.search(question, depth: unit.depth))
            let vectors = try context.vectors(pooled, input, of: unit.prepared, trainedOn: question.answering)
            preparation = vectors.preparation
            run(searches, vectors, context, while: isWanted)
        }
        return NeighbourPlan(validation: found.dropLast(), test: found[found.count - 1], preparation: preparation)
    }

    private func run(
        _ searches: SearchTable, _ vectors: VectorReader, _ context: PassContext, while isWanted: @Sendable () -> Bool
    ) {
        searches.run(on: context.path, context.threads, while: isWanted) { rows in
            let features = vectors.matrix(rows.map { task.samples[$0] })
            if similarity == "cosine" { normalizeRows(features, on: context.path) }
            return features
        }
    }
}

/// The searches for a unit's neighbours.
struct NeighbourPlan {
    /// One for each inner fold.
    let validation: [NearestSearch]
    let test: NearestSearch
    /// Of the vectors among which the test rows' neighbours are.
    let preparation: FittedPreparation?
}

extension SearchTable {
    fileprivate mutating func search(_ question: NeighbourUnit.Question, depth: Int) -> NearestSearch {
        search(question.asking, among: question.answering, depth: depth)
    }
}
