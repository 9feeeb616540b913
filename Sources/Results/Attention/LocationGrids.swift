import Attention

extension [UnitAttention] {
    /// Where maps lie: a table of predictors for each unit whose objects are known, and one of all such units.
    var locationGrids: [Grid] {
        let grids = compactMap { unit in unit.location.map { unit.grid(of: $0) } }
        return grids.isEmpty ? [] : grids + [coverageGrid]
    }

    private var coverageGrid: Grid {
        Grid(
            title: "How much of the object all maps cover",
            columns: [
                .left("probe"), .left("features"), .right("layer"), .left("task"), .right("fold"), .right("seed"),
                .right("M"), .right("lift"), .right("covered"), .right("union"), .right("excess"),
            ],
            rows: compactMap { unit in
                unit.location.map { location in
                    let name = unit.name
                    let lift =
                        location.predictors.reduce(0) { $0 + $1.own.massLift } / Double(location.predictors.count)
                    return [
                        name.sizedProbe, name.features, "\(name.layer)", name.task, name.fold, "\(name.seed)",
                        "\(unit.predictors.count)", NumberFormat.fixed(lift, 2),
                        NumberFormat.fixed(location.coverage.covered, 3),
                        NumberFormat.fixed(location.coverage.union, 3),
                        NumberFormat.fixed(location.coverage.excess, 3),
                    ]
                }
            })
    }
}

extension UnitAttention {
    fileprivate func grid(of location: UnitLocation) -> Grid {
        Grid(
            title:
                "Where maps lie: \(name.sizedProbe), \(name.features) layer \(name.layer), \(name.task), fold \(name.fold), "
                + "seed \(name.seed), \(location.samples) samples with objects",
            columns: [.right("rank"), .right("map")]
                + LocationMeasure.allCases.flatMap { [.right($0.title), .right("excess")] },
            rows: self.predictors.sorted { $0.rank < $1.rank }.map { predictor in
                row("\(predictor.rank)", "\(predictor.number)") { location.figure($0, of: predictor.number) }
            } + [
                blind("uniform", location.uniform), blind("centre", location.centre),
            ])
    }

    private func row(
        _ rank: String, _ number: String, _ figure: (LocationMeasure) -> LocatedFigure?
    ) -> [String] {
        [rank, number]
            + LocationMeasure.allCases.flatMap { measure in
                [figure(measure)?.own, figure(measure)?.excess].map { NumberFormat.fixed($0, measure.decimals) }
            }
    }

    /// What a map reaches that knows nothing of the sample.
    private func blind(_ name: String, _ figures: LocationFigures) -> [String] {
        ["", name]
            + LocationMeasure.allCases.flatMap { [NumberFormat.fixed($0.value(figures), $0.decimals), ""] }
    }
}

extension LocationMeasure {
    fileprivate var decimals: Int { self == .massLift ? 2 : 3 }
}
