"""The question of docs/results.md, "Does efficient probing gain most where pre-training is masked?", decided by the rule that stands
there: gaps of each encoder, their interaction, intervals, and a verdict."""

import dataclasses
import math
import statistics
from collections import defaultdict

WAYS = ("masked", "contrastive", "supervised", "untrained")
HALF_A_POINT = 0.005
FOLDS = 10


class Incomplete(Exception):
    """Units that the decision needs and that have no result."""


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A mean over the folds of one k-fold cross-validation, with half the interval of Nadeau and Bengio."""

    mean: float
    half: float

    @staticmethod
    def of(values):
        n = len(values)
        variance = statistics.variance(values) * (1 / n + 1 / (n - 1))
        return Estimate(statistics.fmean(values), t_quantile(0.975, n - 1) * math.sqrt(variance))

    def verdict(self):
        """yes, no or undecided, by the rule."""
        if self.mean >= HALF_A_POINT and self.mean - self.half > 0:
            return "yes"
        return "no" if self.mean + self.half < HALF_A_POINT else "undecided"

    def points(self, sign=True):
        return f"{100 * self.mean:{'+' if sign else ''}.2f} ± {100 * self.half:.2f}"


@dataclasses.dataclass(frozen=True)
class Fold:
    """What an encoder scores on one test fold, every choice made on the inner split of its training fold."""

    linear: dict[str, float]
    """By input."""
    best_linear: float
    efficient: dict[str, float]
    """By tokens read."""
    best_efficient: float
    uniform: float
    """The same probe as `best_efficient` with its attention frozen."""

    @property
    def gap(self):
        return self.best_efficient - self.best_linear


def encoders(rows):
    """{(way, seed): [fold]} from the units of the sweep; feature sets are called small-WAY-SEED.

    - Throws: `Incomplete` with the units that are missing.
    """
    missing = [row for row in rows if row["status"] != "done"]
    if missing:
        names = sorted({row["features"] for row in missing})
        raise Incomplete(f"{len(missing)} of {len(rows)} units have no result, of {', '.join(names)}")
    by_fold = defaultdict(lambda: defaultdict(list))
    for row in rows:
        _, way, seed = row["features"].rsplit("-", 2)
        by_fold[way, int(seed)][row["heldOut"]].append(row)
    for encoder, folds in by_fold.items():
        if sorted(folds) != list(range(FOLDS)):
            raise Incomplete(f"{encoder[0]}, seed {encoder[1]}, has the folds {sorted(folds)}, and the rule is for {FOLDS}")
    return {encoder: [scored(folds[place]) for place in range(FOLDS)] for encoder, folds in sorted(by_fold.items())}


def scored(rows):
    linear = [row for row in rows if row["probe"]["type"] == "linear"]
    efficient = [row for row in rows if row["probe"]["type"] == "efficient" and row["control"] is None]
    best = chosen(efficient)
    twins = [row for row in rows if row["control"] is not None and row["probe"] == best["probe"]]
    by_tokens = defaultdict(list)
    for row in efficient:
        by_tokens[row["probe"]["options"]["tokens"]].append(row)
    return Fold(
        linear={row["probe"]["options"]["input"]: row["value"] for row in linear}, best_linear=chosen(linear)["value"],
        efficient={tokens: chosen(group)["value"] for tokens, group in by_tokens.items()}, best_efficient=best["value"],
        uniform=twins[0]["value"] if len(twins) == 1 else math.nan)


def chosen(rows):
    """The row with the best inner score; of equal ones that with fewer parameters."""
    return max(rows, key=lambda row: (row["diagnostics"]["innerScore"], -row["parameters"]))


def over_seeds(found, way, value):
    """[mean over seeds of `value` for each fold] of a way of pre-training."""
    seeds = [folds for (name, _), folds in found.items() if name == way]
    return [statistics.fmean(value(folds[place]) for folds in seeds) for place in range(FOLDS)]


def report(rows):
    """The Markdown of the answer: the verdicts, the gaps, and what stands beside them."""
    found = encoders(rows)
    if absent := {"masked", "contrastive"} - {way for way, _ in found}:
        raise Incomplete(f"no encoder was pre-trained in the way {absent.pop()}")
    ways = [way for way in WAYS if any(name == way for name, _ in found)]
    gaps = {way: over_seeds(found, way, lambda fold: fold.gap) for way in ways}
    masked = Estimate.of(gaps["masked"])
    interaction = Estimate.of([m - c for m, c in zip(gaps["masked"], gaps["contrastive"])])
    lines = [
        f"1. Gap of the masked encoder: {masked.points()} points. Positive: **{masked.verdict()}**.",
        f"2. Interaction, masked less contrastive: {interaction.points()} points. Positive: **{interaction.verdict()}**.",
        "", f"The published pattern is **{pattern(masked, interaction)}**.", "",
        *table(found, ways), "", *seeds_apart(found)]
    return "\n".join(lines) + "\n"


def pattern(masked, interaction):
    verdicts = {masked.verdict(), interaction.verdict()}
    return "found" if verdicts == {"yes"} else "not found" if "no" in verdicts else "undecided"


def table(found, ways):
    columns = {
        "linear class": lambda fold: fold.linear["class"], "mean": lambda fold: fold.linear["mean"],
        "class+mean": lambda fold: fold.linear["class+mean"], "chosen": lambda fold: fold.best_linear,
        "EP patch": lambda fold: fold.efficient["patch"], "EP all": lambda fold: fold.efficient["all"],
        "EP chosen": lambda fold: fold.best_efficient}
    differences = {
        "gap": lambda fold: fold.gap, "projection": lambda fold: fold.uniform - fold.best_linear,
        "attention": lambda fold: fold.best_efficient - fold.uniform}
    yield "| pre-training | " + " | ".join([*columns, *(f"{name}, points" for name in differences)]) + " |"
    yield "| :-- |" + " --: |" * (len(columns) + len(differences))
    for way in ways:
        scores = [f"{100 * statistics.fmean(over_seeds(found, way, value)):.2f}" for value in columns.values()]
        steps = [Estimate.of(over_seeds(found, way, value)).points() for value in differences.values()]
        yield f"| {way} | " + " | ".join(scores + steps) + " |"


def seeds_apart(found):
    """Each seed's own interaction, where there are several."""
    seeds = sorted({seed for _, seed in found})
    for seed in seeds if len(seeds) > 1 else []:
        differences = [m.gap - c.gap for m, c in zip(found["masked", seed], found["contrastive", seed])]
        yield f"Seed {seed} alone: interaction {Estimate.of(differences).points()}.  "


# MARK: Student's distribution


def t_quantile(p, freedom):
    """The quantile p ≥ ½ of Student's t, by bisection."""
    low, high = 0.0, 1000.0
    while high - low > 1e-10:
        middle = (low + high) / 2
        low, high = (middle, high) if t_share(middle, freedom) < p else (low, middle)
    return (low + high) / 2


def t_share(t, freedom):
    """P(T ≤ t) for t ≥ 0: with tan a = t/√ν the density is proportional to cos(a)^(ν − 1), which Simpson's rule integrates."""
    steps, end = 2000, math.atan(t / math.sqrt(freedom))
    constant = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(math.pi)
    weights = [1, *([4, 2] * (steps // 2 - 1)), 4, 1]
    area = sum(weight * math.cos(end * place / steps) ** (freedom - 1) for place, weight in enumerate(weights)) * end / steps / 3
    return 0.5 + constant * area
