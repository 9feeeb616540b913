import Features
import Numerics
import Probes

/// A head and the rows on which it works.
struct StackMember: Sendable {
    let head: HeadParameters
    let rows: RowSet
}

/// Heads that go through the same batches together: their stacked queries read each sample's tokens once.
///
/// What a head computes depends on its own parameters and rows alone: the core guarantees it for the stack, and on the
/// head side every head works in memory of its own, on one thread, or on all where there are too few heads for them.
final class HeadBatch {
    let members: [StackMember]
    let plan: ChunkPlan
    /// B, the most samples in a batch.
    let capacity: Int
    let context: PassContext
    let linearMemory = MemoryPool()
    private let readAhead: ReadAhead
    let core: AttentionCore<Float>
    private let tokens: TokenExtent
    /// The layer's sample of each row of the task.
    private let samples: [Int]
    private let selections: Set<TokenSelection>
    private let norms: Set<FrozenTokens.Norm>
    let batchRows: [ObjectIdentifier: BatchRows]
    let batchVectors: [VectorKey: BatchVectors]

    /// Pooled vectors that heads share.
    struct VectorKey: Hashable {
        let rows: ObjectIdentifier
        let input: PooledInput
    }

    /// - Parameters:
    ///   - plan: The members cut into chunks.
    ///   - samples: The layer's sample of each row of the task.
    ///   - capacity: B.
    init(
        _ members: [StackMember], plan: ChunkPlan, samples: [Int], capacity: Int, core: AttentionCore<Float>,
        context: PassContext
    ) {
        let tokens = TokenExtent(context)
        var batchRows: [ObjectIdentifier: BatchRows] = [:]
        var batchVectors: [VectorKey: BatchVectors] = [:]
        var selections: Set<TokenSelection> = []
        var norms: Set<FrozenTokens.Norm> = []
        for member in members {
            let id = ObjectIdentifier(member.rows)
            let rows = batchRows[id] ?? BatchRows(member.rows, capacity: capacity)
            batchRows[id] = rows
            switch member.head.network.probe.reading {
            case .tokens(let tokens): selections.insert(tokens)
            case .attention(let demand):
                selections.insert(demand.tokens)
                if let norm = FrozenTokens.Norm(demand) { norms.insert(norm) }
            case .pooled(let input):
                let key = VectorKey(rows: id, input: input)
                if batchVectors[key] == nil {
                    batchVectors[key] = BatchVectors(input, rows, width: context.layer.width, capacity: capacity)
                }
            }
        }
        self.members = members
        self.samples = samples
        self.capacity = capacity
        self.core = core
        self.context = context
        self.tokens = tokens
        self.selections = selections
        self.norms = norms
        self.batchRows = batchRows
        self.batchVectors = batchVectors
        self.plan = plan
        readAhead = ReadAhead(context.layer, samples: samples)
    }

    /// Whether anybody reads tokens batch by batch.
    private var readsTokens: Bool { !selections.isEmpty }

    /// One epoch of gradient steps; see `train(_:in:isActive:observe:learn:)`.
    ///
    /// - Parameter step: Gets the number of each step before it is taken, and takes it.
    func trainEpoch(_ schedule: BatchSchedule, _ epoch: Int, step: (Int, ArraySlice<Int>) -> Void) {
        let order = schedule.order(ofEpoch: epoch)
        if readsTokens { readAhead.begin(order, batch: schedule.size) }
        for index in 0..<schedule.stepsPerEpoch {
            let batch = schedule.batch(index, in: order)
            if readsTokens { readAhead.reach(batch.startIndex) }
            step(index, batch)
        }
        if readsTokens { readAhead.reach(order.rows.count) }
    }

    /// Gradient steps on one batch, for every head that is active and has at least two rows in the batch.
    ///
    /// - Parameters:
    ///   - batch: Rows of the task.
    ///   - arena: `[1, plan.extent]` or longer, in which the chunks take turns.
    ///   - observe: Gets the loss of each such head, before `learn`.
    ///   - learn: Gets each tensor of each such head by its active head, with the head's gradients.
    func train(
        _ batch: ArraySlice<Int>, in arena: Matrix<Float>, isActive: (Int) -> Bool,
        observe: @Sendable (Int, Double) -> Void, learn: @Sendable (Int, Int, TensorBlock<Float>) -> Void
    ) {
        let tokens = load(batch, for: Array(batchRows.values))
        for chunk in plan.chunks {
            // Batch statistics need two rows; a head with fewer skips the batch.
            let all = activeHeads(of: chunk, in: arena, tokens) { isActive($0) && $1.count >= 2 }
            trainLinear(all.filter(\.head.network.isLinear), observe)
            let activeHeads = all.filter { !$0.head.network.isLinear }
            prepare(activeHeads, tokens, isTraining: true)
            attend(activeHeads, tokens, core.forward)
            let path = context.path
            distribute(activeHeads) { active in
                guard let targets = active.rows.targets else { return }
                let loss = active.head.network.train(
                    active.inputs, objective: targets.objective, state: active.head.state,
                    gradients: active.slot.gradients,
                    readingGradient: active.slot.attention?.readingGradient(active.rows.count),
                    workspace: active.slot.workspace, on: path)
                observe(active.member, loss)
            }
            attend(activeHeads, tokens, core.backward)
            distribute(activeHeads) { active in
                if let attention = active.slot.attention {
                    active.head.network.attendBackward(
                        attention.gradient(active.rows.count), active.inputs, state: active.head.state,
                        gradients: active.slot.gradients, workspace: active.slot.workspace, on: path)
                }
            }
            let moves = all.flatMap { active in active.head.network.parameters.tensors.indices.map { (active, $0) } }
            context.threads.forEach(moves.count) { learn(moves[$0].0.member, moves[$0].1, moves[$0].0.slot.gradients) }
        }
    }

    /// Logits of every active head on its rows, in rising order. Tokens are read in the order in which they are stored.
    ///
    /// - Parameters:
    ///   - arena: `[1, plan.extent]` or longer, in which the chunks take turns.
    ///   - receive: Gets a head's logits `[n, C]` as soon as its chunk is through; called from any thread.
    ///   - finish: Gets the members of a chunk behind all their logits; called from the caller's thread.
    func predict(
        in arena: Matrix<Float>, isActive: (Int) -> Bool, receive: @Sendable (Int, [Float]) -> Void,
        finish: (Range<Int>) -> Void = { _ in }
    ) {
        for chunk in plan.chunks {
            let outputs = chunk.map { member in
                LogitBuffer(members[member], isNeeded: isActive(member))
            }
            // Heads with the same rows together, so that products are as high as a batch.
            for rows in rowSets(of: chunk.filter(isActive)) {
                let order = rows.rows.members.sorted { samples[$0] < samples[$1] }
                if readsTokens { readAhead.begin(rising: order, batch: capacity) }
                for start in stride(from: 0, to: order.count, by: capacity) {
                    if readsTokens { readAhead.reach(start) }
                    let tokens = load(order[start..<min(start + capacity, order.count)], for: [rows])
                    let activeHeads = activeHeads(of: chunk, in: arena, tokens) { isActive($0) && $1 === rows }
                    prepare(activeHeads, tokens, isTraining: false)
                    attend(activeHeads, tokens, core.forward)
                    let path = context.path
                    distribute(activeHeads) { active in
                        active.head.network.predict(
                            active.inputs, state: active.head.state, workspace: active.slot.workspace,
                            into: outputs[active.member - chunk.lowerBound].next(active.rows.count), on: path)
                    }
                }
            }
            let wanted = outputs.indices.filter { outputs[$0].isNeeded }
            context.threads.forEach(wanted.count) { [members, samples] index in
                let member = chunk.lowerBound + wanted[index]
                receive(member, outputs[wanted[index]].logits(of: members[member].rows.members, readBy: samples))
            }
            finish(chunk)
        }
    }

    /// A head at work on the present batch.
    struct ActiveHead: Sendable {
        let member: Int
        let head: HeadParameters
        let slot: HeadWorkspace
        let rows: BatchRows
        let inputs: ProbeInputs<Float>
    }

    /// Runs a body for every head: each on one thread, but where heads are few, those left over on all threads.
    private func distribute(_ activeHeads: [ActiveHead], _ body: @Sendable (ActiveHead) -> Void) {
        let threads = context.threads.threads
        let alone = activeHeads.count < 4 * threads ? activeHeads.count % threads : 0
        context.threads.forEach(activeHeads.count - alone) { body(activeHeads[$0]) }
        context.threads.sharingProducts {
            for active in activeHeads.suffix(alone) { body(active) }
        }
    }

    /// The different row sets of some members, in the order in which they are met.
    private func rowSets(of members: [Int]) -> [BatchRows] {
        var seen: Set<ObjectIdentifier> = []
        return members.compactMap { member in
            let id = ObjectIdentifier(self.members[member].rows)
            return seen.insert(id).inserted ? batchRows[id] : nil
        }
    }

    /// Makes the tables of some row sets, and finds the tokens, of a batch.
    func load(_ batch: ArraySlice<Int>, for rowSets: [BatchRows]) -> BatchTokens {
        let samples = batch.map { self.samples[$0] }
        context.threads.forEach(rowSets.count) { [context, batchVectors] index in
            let rows = rowSets[index]
            rows.load(batch)
            guard let pooled = context.pooled else { return }
            let id = ObjectIdentifier(rows.rows)
            for (key, vectors) in batchVectors where key.rows == id { vectors.load(samples, from: pooled) }
        }
        return BatchTokens(
            context.layer, samples: samples, selections: selections, norms: norms, frozen: context.frozen)
    }

    func activeHeads(
        of chunk: Range<Int>, in arena: Matrix<Float>, _ tokens: BatchTokens, where isWanted: (Int, BatchRows) -> Bool
    ) -> [ActiveHead] {
        var activeHeads: [ActiveHead] = []
        var layout = BlockLayout(of: arena)
        for member in chunk {
            let (head, id) = (members[member].head, ObjectIdentifier(members[member].rows))
            guard let rows = batchRows[id], isWanted(member, rows) else { continue }
            let slot = HeadWorkspace(head.network, capacity: capacity, tokens: self.tokens, in: &layout)
            let context = slot.context(rows.count)
            let inputs: ProbeInputs<Float>
            switch head.network.probe.reading {
            case .pooled(let input):
                guard let vectors = batchVectors[VectorKey(rows: id, input: input)] else { continue }
                inputs = ProbeInputs(reading: vectors.reading, context: context)
            case .attention:
                guard let attention = slot.attention else { continue }
                inputs = attention.inputs(rows.count, context: context)
            case .tokens(let selection):
                inputs = ProbeInputs(
                    reading: context.columns(0..<0), context: context, tokens: tokens.views(selection, of: rows))
            }
            activeHeads.append(ActiveHead(member: member, head: head, slot: slot, rows: rows, inputs: inputs))
        }
        return activeHeads
    }

    /// Gathers what heads read beside tokens, and runs their query sides.
    func prepare(_ activeHeads: [ActiveHead], _ tokens: BatchTokens, isTraining: Bool) {
        let (frozen, path) = (context.frozen, context.path)
        distribute(activeHeads) { active in
            let (network, summaries) = (active.head.network, active.head.network.probe.context)
            if let frozen, !summaries.isEmpty {
                for (position, sample) in tokens.samples.enumerated() where active.rows.table[position] >= 0 {
                    frozen.copy(
                        summaries, ofSample: sample,
                        into: active.inputs.context.pointer
                            + Int(active.rows.table[position]) * active.inputs.context.stride)
                }
            }
            if let attention = active.slot.attention {
                network.attend(
                    active.inputs, state: active.head.state, workspace: active.slot.workspace, isTraining: isTraining,
                    into: attention.queries(active.rows.count), on: path)
            }
        }
    }

    /// Runs the core, forward or backward, for the heads that attend, once for each selection of tokens.
    func attend(
        _ activeHeads: [ActiveHead], _ tokens: BatchTokens, _ run: ([TokenView], [AttentionSegment<Float>]) -> Void
    ) {
        for selection in TokenSelection.allCases where selections.contains(selection) {
            let segments = activeHeads.compactMap { active in
                active.slot.attention.flatMap { $0.demand.tokens == selection ? $0.segment(active.rows, tokens) : nil }
            }
            if !segments.isEmpty { run(tokens.views(selection), segments) }
        }
    }
}

/// The logits of one head, filled batch by batch.
private final class LogitBuffer: @unchecked Sendable {
    // Sendable because one thread at a time works on a head.
    let isNeeded: Bool
    private let matrix: Matrix<Float>
    private var filled = 0

    init(_ member: StackMember, isNeeded: Bool) {
        self.isNeeded = isNeeded
        matrix = Matrix(rows: isNeeded ? member.rows.count : 0, columns: member.head.network.probe.shape.classes)
    }

    /// The rows after those that were handed out already.
    func next(_ count: Int) -> MatrixView<Float> {
        defer { filled += count }
        return matrix.view.rows(filled..<filled + count)
    }

    /// In the order of the rows, which came in the order of their samples.
    func logits(of rows: [Int], readBy samples: [Int]) -> [Float] {
        let columns = matrix.columns
        let logits = UnsafeBufferPointer(start: matrix.elements, count: matrix.rows * columns)
        let order = rows.indices.sorted { samples[rows[$0]] < samples[rows[$1]] }
        if zip(order, order.dropFirst()).allSatisfy(<) { return Array(logits) }
        return [Float](unsafeUninitializedCapacity: logits.count) { buffer, count in
            for (place, row) in order.enumerated() {
                for column in 0..<columns { buffer[row * columns + column] = logits[place * columns + column] }
            }
            count = logits.count
        }
    }
}
