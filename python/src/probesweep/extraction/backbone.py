"""What an extraction needs to know of a model, and to ask of it."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Protocol

from probesweep.extraction.samples import Sample
from probesweep.writing import Array


@dataclasses.dataclass(frozen=True)
class Level:
    """A place in the model where tokens are taken: 0 for what the first block reads, i for what block i writes."""

    index: int
    name: str
    width: int
    tokens: int
    """Stored tokens of one sample, or of a typical one."""
    final_norm: bool


@dataclasses.dataclass(frozen=True)
class Description:
    """What was read off a model."""

    name: str
    revision: str
    levels: Sequence[Level]
    class_token: bool
    registers: int = 0
    grid: tuple[int, int] | None = None
    ragged: bool = False
    """Whether samples differ in their number of tokens."""
    preprocessing: Mapping[str, str] = dataclasses.field(default_factory=dict)
    notes: Sequence[str] = ()
    """What people trip over: what stands behind the last block, which tokens count as registers."""
    pretrained_on: str | None = None
    random_weights: int | None = None
    seconds_per_token: float | None = None
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Prepared:
    """One sample as the model reads it."""

    inputs: Mapping[str, Array]
    kept: int | None = None
    """How many of the model's tokens belong to the sample, if it pads to a fixed length."""
    texts: Sequence[str] | None = None
    """The text of each token."""
    is_cut: bool = False
    """Whether the sample is longer than what the model reads of it."""

    def shape(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Samples of equal shape can be read together."""
        return tuple((name, array.shape) for name, array in sorted(self.inputs.items()))


class UnreadableSample(Exception):
    """Why a sample cannot be prepared."""


class Backbone(Protocol):
    description: Description

    def prepare(self, sample: Sample, content: bytes) -> Prepared:
        """Called from several threads at once. Throws `UnreadableSample` if the content is damaged or empty."""

    def encode(self, batch: Sequence[Prepared]) -> Mapping[int, Array]:
        """Every level of samples of one shape: {level: float32 [n, T, D]}."""

    def own_output(self, sample: Prepared) -> Array:
        """What the model itself gives for all tokens of a sample, [T, D], without anything that takes levels."""

    def completed(self, last: Array, sample: Prepared) -> Array:
        """The last level's tokens of a sample, [T, D], with what the model does to them before they are its output.

        - Throws: `InputError` if that cannot be repeated.
        """

    def stored_tokens(self, sample: Sample) -> int:
        """How many tokens of the sample will be stored at a level, or nearly so, without preparing it."""
