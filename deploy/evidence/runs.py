"""What docs/results.md shows: for each of its parts the samples, the specification, and the tables."""

import dataclasses

TEXTS, IMAGES, SPEECH = ("texts", "--full"), ("images", "--full"), ("speech", "--full")


@dataclasses.dataclass(frozen=True)
class Table:
    """One block of the page: `probesweep table SWEEP` with these arguments, or a function of this folder."""

    name: str
    arguments: tuple[str, ...] = ()
    question: bool = False


@dataclasses.dataclass(frozen=True)
class Run:
    sweep: str
    """The specification is sweeps/SWEEP.yaml."""
    samples: tuple[tuple[str, ...], ...]
    """Arguments of deploy/sample/make."""
    tables: tuple[Table, ...]


def markdown(name, *arguments):
    return Table(name, (*arguments, "--format", "markdown"))


# The cheapest first.
RUNS = [
    Run("anchors", (("images",),), (markdown("anchors"),)),
    Run("anchors-neighbours", (("images",),), (markdown("anchors-neighbours"),)),
    Run("masked-pretraining", (IMAGES,), (Table("masked-pretraining", question=True), markdown("masked-pretraining-rows"))),
    Run("masked-pretraining-seeds", (IMAGES,), (Table("masked-pretraining-seeds", question=True),)),
    Run("baselines-images", (IMAGES,), (markdown("baselines-images"),)),
    Run("baselines", (TEXTS,), (markdown("baselines"),)),
    Run("mediafm", (TEXTS,), (markdown("mediafm"),)),
    Run("layers-images", (IMAGES,), (markdown("layers-images", "--across", "layer"),)),
    Run("layers-speech", (SPEECH,), (markdown("layers-speech", "--across", "layer"),)),
    Run("layers-texts", (TEXTS,), (markdown("layers-texts", "--across", "layer"),)),
    Run("few-labels-images", (IMAGES,), (markdown("few-labels-images", "--across", "shots"),)),
    Run("few-labels-texts", (TEXTS,), (markdown("few-labels-texts", "--across", "shots"),)),
    Run("controls", (TEXTS,), (markdown("controls"),)),
    Run("seeds", (IMAGES,), (markdown("seeds"),)),
    *(Run(f"family-{kind}", (samples,), (
        markdown(f"family-{kind}-params", "--against", "params"), markdown(f"family-{kind}-gflops", "--against", "gflops"),
        markdown(f"family-{kind}-times", "--times")))
      for kind, samples in (("images", IMAGES), ("speech", SPEECH), ("texts", TEXTS))),
]
