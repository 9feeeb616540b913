"""Whether the tokens of a set are what the model gives: its last level against the model's own output."""

import pathlib

import numpy as np

from probesweep.dataset import features
from probesweep.errors import InputError
from probesweep.extraction import progress
from probesweep.extraction.backbone import Backbone, UnreadableSample
from probesweep.extraction.plan import Plan
from probesweep.extraction.samples import Samples
from probesweep.writing import Array

# Samples that are compared: few, since each is read alone.
COMPARED = 8
# The largest relative error of one rounding, and room for sums in another order.
TOLERANCES = {"BF16": 2.0**-8, "F16": 2.0**-10, "F32": 2.0**-16}


def compare(folder: pathlib.Path, plan: Plan, backbone: Backbone, samples: Samples) -> int:
    """Runs the model on the set's first samples without hooks, applies what the manifest says is still to come, and
    compares. Returns the exit status.

    - Throws: `InputError` if model or samples are not those of the set, or the set has not the last level in full.
    """
    found = backbone.description.revision
    if found != plan.facts["weights"]:
        raise InputError(plan.facts["model"], f"its weights are now {found}", f"The set was made with {plan.facts['weights']}")
    if samples.digest() != plan.facts["samples"]:
        raise InputError(samples.source, "its samples are no longer those of the set", "Extract again into another folder")
    last = backbone.description.levels[-1].index
    if last not in plan.facts["levels"] or plan.facts["pool"]:
        raise InputError(folder, f"does not hold level {last} in full", "Extract with --layers all and without --pool")

    dataset = features(folder, last)
    compared = samples.stored(folder)[: min(COMPARED, int(plan.facts["batch"]), len(dataset))]
    worst = 0.0
    for row, place in enumerate(compared):
        tokens = dataset.tokens(row)
        sample = samples.samples[place]
        try:
            prepared = backbone.prepare(sample, sample.content())
        except UnreadableSample as error:
            raise InputError(sample.place, str(error), "The file changed since the set was made") from None
        worst = max(worst, relative_error(backbone.completed(tokens, prepared), backbone.own_output(prepared)))
    tolerance = 8 * TOLERANCES[plan.facts["dtype"]]
    agrees = worst <= tolerance
    progress.say(f"level {last} of {len(compared)} samples against the model's own output: relative error {worst:.1e}, "
                 f"{'within' if agrees else 'NOT within'} {tolerance:.1e} of {plan.facts['dtype']}")
    return 0 if agrees else 1


def relative_error(found: Array, expected: Array) -> float:
    """‖found − expected‖ / ‖expected‖ over all tokens of a sample; infinite if shapes differ."""
    if found.shape != expected.shape:
        return float("inf")
    return float(np.linalg.norm(found - expected) / max(float(np.linalg.norm(expected)), 1e-30))
