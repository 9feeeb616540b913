import Probes

extension TrainedHead {
    /// The names of the tensors of a preparation.
    enum PreparationTensor {
        static let prefix = "prepare."
        /// `[2, W]`: μ, and what single precision lacks of it.
        static let mean = "prepare.mean"
        /// `[W]`: what each dimension is multiplied by.
        static let scale = "prepare.scale"
        /// `[K, W]`: P.
        static let projection = "prepare.projection"
    }

    /// The same head with what is done to vectors before it reads them; lengths have no tensor.
    func preparing(_ preparation: FittedPreparation?) -> TrainedHead {
        guard let preparation else { return self }
        let width = preparation.gatheredWidth
        var head = self
        switch preparation.map {
        case .unitLength: return self
        case .scale(let factors):
            head.tensors.append(HeadTensor(name: PreparationTensor.scale, shape: [width], values: factors))
        case .projection(let values):
            head.tensors.append(
                HeadTensor(
                    name: PreparationTensor.projection, shape: [values.count / max(1, width), width], values: values))
        }
        head.tensors.append(HeadTensor(name: PreparationTensor.mean, shape: [2, width], values: preparation.mean))
        return head
    }

    /// The tensors of the head itself.
    var withoutPreparation: TrainedHead {
        TrainedHead(tensors: tensors.filter { !$0.name.hasPrefix(PreparationTensor.prefix) })
    }

    /// What is done to vectors before the head reads them; nil for nothing.
    ///
    /// - Parameters:
    ///   - input: What the head's probe reads.
    ///   - tokenWidth: D.
    /// - Throws: `TrainingError` where a tensor is missing, or has another shape than the input asks for.
    func preparation(_ input: PooledInput, tokenWidth: Int) throws(TrainingError) -> FittedPreparation? {
        let (gathered, width) = (input.gatheredWidth(of: tokenWidth), input.width(of: tokenWidth))
        switch input.preparation {
        case nil: return nil
        case .unitLength: return FittedPreparation(.unitLength, mean: [], gatheredWidth: gathered, width: width)
        case .standardise:
            let factors = try values(PreparationTensor.scale) { $0 == [gathered] }
            return FittedPreparation(
                .scale(factors), mean: try mean(gathered), gatheredWidth: gathered, width: width)
        case .components, .whiten:
            let values = try values(PreparationTensor.projection) {
                $0.count == 2 && $0[0] <= width && $0[1] == gathered
            }
            return FittedPreparation(
                .projection(values), mean: try mean(gathered), gatheredWidth: gathered, width: width)
        }
    }

    private func mean(_ width: Int) throws(TrainingError) -> [Float] {
        try values(PreparationTensor.mean) { $0 == [2, width] }
    }

    private func values(_ name: String, isShape: ([Int]) -> Bool) throws(TrainingError) -> [Float] {
        guard let tensor = tensors.first(where: { $0.name == name }) else {
            throw TrainingError(
                field: name, problem: "the tensor is missing in the head", remedy: "write all tensors of the probe")
        }
        guard isShape(tensor.shape), tensor.values.count == tensor.shape.reduce(1, *) else {
            throw TrainingError(
                field: name, problem: "its shape is \(tensor.shape), which does not fit this layer",
                remedy: "use the layer that the head was trained on")
        }
        return tensor.values
    }
}
